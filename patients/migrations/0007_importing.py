import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0006_phone_intake"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PatientImport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("files", models.JSONField(default=list)),
                ("is_table", models.BooleanField(default=False)),
                ("mapping", models.JSONField(default=dict)),
                ("on", models.DateField()),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("uploaded", "Uploaded"),
                            ("checked", "Checked"),
                            ("waiting", "Waiting to be imported"),
                            ("running", "Being imported"),
                            ("done", "Imported"),
                            ("failed", "Nothing was imported"),
                            ("undone", "Taken back"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("total", models.PositiveIntegerField(default=0)),
                ("counts", models.JSONField(default=dict)),
                ("problem", models.TextField(blank=True)),
                ("created_at", models.DateTimeField()),
                ("claimed_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["-created_at"]},
        ),
        migrations.CreateModel(
            name="ImportedIdentity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("system", models.CharField(blank=True, max_length=200)),
                ("value", models.CharField(max_length=200)),
                ("opened_the_file", models.BooleanField()),
                ("said", models.JSONField(default=dict)),
                ("verdict", models.CharField(blank=True, max_length=8)),
                ("read_on", models.DateField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_identities",
                        to="patients.patient",
                    ),
                ),
                (
                    "first_import",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="patients.patientimport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("system", "value"), name="imported_identifier_once"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ImportedFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("medicine", "Medicine"),
                            ("allergy", "Allergy"),
                            ("condition", "Illness"),
                        ],
                        max_length=10,
                    ),
                ),
                ("key", models.CharField(max_length=64)),
                ("text", models.CharField(max_length=300)),
                ("code", models.CharField(blank=True, max_length=60)),
                ("state", models.CharField(max_length=10)),
                ("answers", models.JSONField(default=dict)),
                ("known", models.BooleanField(default=True)),
                ("began_on", models.DateField(null=True)),
                ("recorded_at", models.DateTimeField()),
                (
                    "allergy",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="patients.listedallergy",
                    ),
                ),
                (
                    "medication",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="patients.listedmedication",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="imported_facts",
                        to="patients.patient",
                    ),
                ),
                (
                    "brought_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="facts",
                        to="patients.patientimport",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "-began_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("patient", "kind", "key"), name="imported_fact_once"
                    )
                ],
            },
        ),
    ]
