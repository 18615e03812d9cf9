import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0003_rulebook"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NameChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "listed",
                    models.CharField(
                        choices=[("medications", "Medicines"), ("allergies", "Allergies")],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("written", models.CharField(max_length=200)),
                (
                    "change",
                    models.CharField(
                        choices=[("settled", "Settled"), ("removed", "Removed")], max_length=8
                    ),
                ),
                (
                    "meaning",
                    models.CharField(
                        choices=[
                            ("known", "A known substance"),
                            ("groups", "One or more groups of allergens"),
                            (
                                "no_bearing",
                                "A substance outside the list, without bearing on mesotherapy",
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                ("products", models.JSONField(default=list)),
                ("groups", models.JSONField(default=list)),
                ("category", models.CharField(blank=True, max_length=12)),
                ("reason", models.TextField(blank=True)),
                ("rule_set_version", models.CharField(max_length=20)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["listed", "name", "-id"], name="clinic_name_latest")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("change", "settled"), ("meaning", "no_bearing"), _negated=True
                            ),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="no_bearing_has_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("change", "settled"),
                                ("listed", "allergies"),
                                ("meaning", "no_bearing"),
                                _negated=True,
                            ),
                            models.Q(("category", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="allergen_without_bearing_has_a_category",
                    ),
                ],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="namechange",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="02c097e2b9d0a2dfaa3731adce7ad8481c9ed795",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_a6c33",
                    table="patients_namechange",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="namechange",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="d826ccf9a370b0db5bdea3b1f5ec958016944ca8",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_34b22",
                    table="patients_namechange",
                    when="BEFORE",
                ),
            ),
        ),
    ]
