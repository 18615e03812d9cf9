import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0007_importing"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations: list[migrations.operations.base.Operation] = [
        migrations.CreateModel(
            name="LesionReferral",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("regions", models.JSONField(default=list, verbose_name="Regions")),
                ("referred_to", models.CharField(max_length=200, verbose_name="Referred to")),
                ("referred_on", models.DateField(verbose_name="On")),
                ("note", models.TextField(blank=True, verbose_name="Note")),
                ("recorded_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lesion_referrals",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at"],
            },
        ),
        migrations.CreateModel(
            name="LesionReport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("door", "Re-screen of the day"), ("analysis", "Skin analysis")],
                        max_length=10,
                    ),
                ),
                ("regions", models.JSONField(default=list)),
                ("features", models.JSONField(default=list)),
                ("reported_on", models.DateField()),
                ("reported_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lesion_reports",
                        to="patients.patient",
                    ),
                ),
                (
                    "reported_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-reported_at"],
            },
        ),
        migrations.CreateModel(
            name="LesionResult",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("regions", models.JSONField(default=list, verbose_name="Regions")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("examination", "Examination"),
                            ("dermoscopy", "Dermoscopy"),
                            ("biopsy", "Biopsy with histology"),
                            ("letter", "Letter of the colleague"),
                        ],
                        max_length=12,
                        verbose_name="How",
                    ),
                ),
                ("examined_by", models.CharField(max_length=200, verbose_name="Examined by")),
                ("examined_on", models.DateField(verbose_name="On")),
                ("finding", models.TextField(verbose_name="What was found")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("clears", "The area may be treated"),
                            ("blocks", "The area stays blocked"),
                        ],
                        max_length=8,
                        verbose_name="Outcome",
                    ),
                ),
                ("recorded_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="lesion_results",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-recorded_at"],
            },
        ),
        migrations.CreateModel(
            name="StaffTask",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("decide_held_course", "Decide about the course that is on hold"),
                            ("release_slots", "Give back the appointments of the course on hold"),
                            ("move_sessions", "Give the marked sessions other dates"),
                            ("examine_lesion", "Examine or refer; then write down the result"),
                            (
                                "screening_fault",
                                "Screening could not be computed. Nothing is cleared: check the answers by hand.",
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                ("since", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "done_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tasks",
                        to="patients.patient",
                    ),
                ),
                (
                    "physician",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["since"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesionreferral",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="a4dff911f9ce9359293d491a2ae99bbc94e2f0a7",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_0a50e",
                    table="patients_lesionreferral",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesionreferral",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="50c9126bcbd64ae9cc567e61e23c01d5c54d553b",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_4d2fd",
                    table="patients_lesionreferral",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesionreport",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="052970c11e764ea0494cd997ff6c92b90f8bffc6",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_8f671",
                    table="patients_lesionreport",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesionreport",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="bf71baf65158d58d2bc69ed3a1437950aad36a94",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_4c75c",
                    table="patients_lesionreport",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="lesionresult",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome__in", ["clears", "blocks"])),
                name="lesion_outcome_is_known",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesionresult",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b21f66c3837de7e52f0d0766712f5218770dc323",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_69dcf",
                    table="patients_lesionresult",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lesionresult",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="c0bb1d7604f4de7fcfbb6c1f22dee5dfc53676ac",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_76a60",
                    table="patients_lesionresult",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="stafftask",
            index=models.Index(
                condition=models.Q(("done_at__isnull", True)), fields=["since"], name="open_tasks"
            ),
        ),
        migrations.AddConstraint(
            model_name="stafftask",
            constraint=models.UniqueConstraint(
                condition=models.Q(("done_at__isnull", True)),
                fields=("patient", "kind"),
                name="one_open_task_of_a_kind",
            ),
        ),
    ]
