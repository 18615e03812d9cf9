import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0008_screening_gates"),
        ("treatments", "0007_patients_side"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CombinedProcedure",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=30, verbose_name="Treatment")),
                ("regions", models.JSONField(default=list, verbose_name="Where")),
                (
                    "details",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="Device, settings or strength"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("planned", "Planned"),
                            ("done", "Done"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="planned",
                        max_length=10,
                    ),
                ),
                ("on", models.DateField(verbose_name="Day")),
                ("set_at", models.DateTimeField()),
                (
                    "listed",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.listedprocedure",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="combined_procedures",
                        to="patients.patient",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-on", "pk"],
                "indexes": [models.Index(fields=["patient", "on"], name="combined_patient")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["planned", "done", "cancelled"])),
                        name="combined_procedure_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            ("listed__isnull", False),
                            _connector="OR",
                        ),
                        name="done_procedure_is_on_the_list",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HomeProduct",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "product",
                    models.CharField(
                        choices=[
                            ("vitamin_c", "Vitamin C"),
                            ("retinol", "Retinol"),
                            ("arbutin", "Arbutin"),
                            ("niacinamide", "Niacinamide"),
                            ("azelaic_acid", "Azelaic acid"),
                            ("sunscreen", "Sunscreen SPF 50+"),
                            ("other", "Another product"),
                        ],
                        max_length=20,
                        verbose_name="Product",
                    ),
                ),
                (
                    "name",
                    models.CharField(blank=True, max_length=120, verbose_name="Name or strength"),
                ),
                ("use", models.CharField(max_length=200, verbose_name="How it is used")),
                ("starts_on", models.DateField(verbose_name="From")),
                ("stopped_on", models.DateField(null=True)),
                (
                    "pause_days",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="Days of pause after a session"
                    ),
                ),
                ("set_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="home_products",
                        to="patients.patient",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["starts_on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "product__in",
                                [
                                    "vitamin_c",
                                    "retinol",
                                    "arbutin",
                                    "niacinamide",
                                    "azelaic_acid",
                                    "sunscreen",
                                    "other",
                                ],
                            )
                        ),
                        name="home_product_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("product", "other"), _negated=True),
                            models.Q(("name", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="another_product_has_a_name",
                    ),
                ],
            },
        ),
    ]
