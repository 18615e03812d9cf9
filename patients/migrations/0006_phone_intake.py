import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0005_consents"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PhoneIntake",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Sent to the patient"),
                            ("submitted", "Waits for review"),
                            ("reviewed", "Reviewed"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(blank=True, max_length=5)),
                ("asked_at", models.DateTimeField()),
                ("opened_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="phone_intakes",
                        to="patients.patient",
                    ),
                ),
            ],
        ),
        migrations.AlterField(
            model_name="answer",
            name="occasion",
            field=models.CharField(
                choices=[
                    ("intake", "Intake"),
                    ("session", "Day of a session"),
                    ("phone", "The patient's own phone"),
                ],
                max_length=10,
            ),
        ),
        migrations.AlterField(
            model_name="patientlink",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("aftercare", "Aftercare sheet"),
                    ("intake", "Questions before the treatment"),
                ],
                max_length=20,
            ),
        ),
        migrations.CreateModel(
            name="PhoneSubmission",
            fields=[
                (
                    "intake",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="submission",
                        serialize=False,
                        to="patients.phoneintake",
                    ),
                ),
                ("submitted_at", models.DateTimeField()),
                ("submitted_on", models.DateField()),
                ("questions_version", models.CharField(max_length=20)),
                ("language", models.CharField(max_length=5)),
                ("content", models.JSONField()),
            ],
        ),
        migrations.CreateModel(
            name="DraftEntry",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "listed",
                    models.CharField(
                        choices=[
                            ("medications", "Medicines"),
                            ("allergies", "Allergies"),
                            ("procedures", "Skin treatments"),
                        ],
                        max_length=12,
                    ),
                ),
                ("content", models.JSONField()),
                ("added_at", models.DateTimeField()),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draft_entries",
                        to="patients.phoneintake",
                    ),
                ),
            ],
            options={
                "ordering": ["added_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="DraftAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=40)),
                ("value", models.JSONField()),
                ("saved_at", models.DateTimeField()),
                (
                    "intake",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draft_answers",
                        to="patients.phoneintake",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PhoneReview",
            fields=[
                (
                    "submission",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="review",
                        serialize=False,
                        to="patients.phonesubmission",
                    ),
                ),
                ("reviewed_at", models.DateTimeField()),
                ("decisions", models.JSONField()),
            ],
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phonesubmission",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4df8d4a49e7cf9eb7e96ea6d0059e429049754bd",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_f1dac",
                    table="patients_phonesubmission",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phonesubmission",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="ffd24e49cfc855b272e9fdf52bf5cb33f47a2fe1",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_1e426",
                    table="patients_phonesubmission",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="phoneintake",
            index=models.Index(
                condition=models.Q(("state", "submitted")),
                fields=["asked_at"],
                name="phone_intake_waits",
            ),
        ),
        migrations.AddConstraint(
            model_name="phoneintake",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "asked")),
                fields=("patient",),
                name="one_open_phone_intake",
            ),
        ),
        migrations.AddConstraint(
            model_name="phoneintake",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["asked", "submitted", "reviewed", "withdrawn"])),
                name="phone_intake_state_is_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="draftanswer",
            constraint=models.UniqueConstraint(
                fields=("intake", "code"), name="one_draft_per_question"
            ),
        ),
        migrations.AddField(
            model_name="phonereview",
            name="reviewed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phonereview",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="aa0796689e084bcd5c4fdd290065503e5fd7448d",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_76e10",
                    table="patients_phonereview",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="phonereview",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="2dabfe3efdda4bcb2004d93fb8c1d12a338dc8b6",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_25c12",
                    table="patients_phonereview",
                    when="BEFORE",
                ),
            ),
        ),
    ]
