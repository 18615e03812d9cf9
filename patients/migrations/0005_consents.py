import uuid

import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0004_clinic_names"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ShownText",
            fields=[
                ("sha256", models.CharField(max_length=64, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("privacy_notice", "Privacy notice"),
                            ("procedure", "The procedure"),
                            ("clinical_photos", "Clinical photographs"),
                            ("publication", "Publication of photographs"),
                            ("care_messages", "Care messages"),
                            ("marketing", "Marketing messages"),
                            ("abroad", "Processing abroad"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("tr", "Turkish"), ("en", "English")], max_length=5),
                ),
                ("version", models.CharField(max_length=12)),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="ConsentEdition",
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
                            ("privacy_notice", "Privacy notice"),
                            ("procedure", "The procedure"),
                            ("clinical_photos", "Clinical photographs"),
                            ("publication", "Publication of photographs"),
                            ("care_messages", "Care messages"),
                            ("marketing", "Marketing messages"),
                            ("abroad", "Processing abroad"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "language",
                    models.CharField(choices=[("tr", "Turkish"), ("en", "English")], max_length=5),
                ),
                ("version", models.CharField(max_length=12)),
                ("text", models.TextField()),
                ("reason", models.TextField()),
                ("written_at", models.DateTimeField()),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-written_at"],
            },
        ),
        migrations.CreateModel(
            name="NoticeShown",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("desk", "At the clinic, on the screen"),
                            ("link", "By the patient's link"),
                            ("paper", "On paper"),
                        ],
                        max_length=10,
                    ),
                ),
                ("shown_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="notices_shown",
                        to="patients.patient",
                    ),
                ),
                (
                    "shown_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.showntext",
                    ),
                ),
            ],
            options={
                "ordering": ["-shown_at"],
            },
        ),
        migrations.CreateModel(
            name="ConsentDecision",
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
                            ("procedure", "The procedure"),
                            ("clinical_photos", "Clinical photographs"),
                            ("publication", "Publication of photographs"),
                            ("care_messages", "Care messages"),
                            ("marketing", "Marketing messages"),
                            ("abroad", "Processing abroad"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("given", "Given"),
                            ("refused", "Refused"),
                            ("withdrawn", "Withdrawn"),
                        ],
                        max_length=10,
                    ),
                ),
                ("about_id", models.UUIDField(null=True)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("about_lines", models.JSONField(default=list)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("desk", "At the clinic, on the screen"),
                            ("link", "By the patient's link"),
                            ("paper", "On paper"),
                        ],
                        max_length=10,
                    ),
                ),
                ("signature", models.JSONField(default=list)),
                ("typed_name", models.CharField(blank=True, max_length=120)),
                (
                    "interpreter",
                    models.CharField(blank=True, max_length=120, verbose_name="Interpreter"),
                ),
                ("read_to_end", models.BooleanField(null=True)),
                (
                    "paper_reference",
                    models.CharField(
                        blank=True, max_length=80, verbose_name="Where the paper is kept"
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=400)),
                ("decided_on", models.DateField()),
                ("decided_at", models.DateTimeField()),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consent_decisions",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "witness",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "text",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="patients.showntext",
                    ),
                ),
            ],
            options={
                "ordering": ["-decided_at"],
            },
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="showntext",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="b3a867ebd71a3eaa2fe3d212bc088baf6b5f5e56",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_e6c1f",
                    table="patients_showntext",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="showntext",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="08a1925338451c63172952758cc88a86a6be4225",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_6e9a5",
                    table="patients_showntext",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddConstraint(
            model_name="consentedition",
            constraint=models.UniqueConstraint(
                fields=("kind", "language", "version"), name="one_consent_text_per_version"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consentedition",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="9a09eb78eed3926c162b52fc5237037314fb0185",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_94dc8",
                    table="patients_consentedition",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consentedition",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="5dc55d5108da1bfee7cccbd11b93baa5b482e286",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_7846f",
                    table="patients_consentedition",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="noticeshown",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="7ca3d570bb51791ba6c5f6edb05639ef06e8850a",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_7b3c5",
                    table="patients_noticeshown",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="noticeshown",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="86b3a1b788703562450813de1ff18db78f779147",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_fb1d1",
                    table="patients_noticeshown",
                    when="BEFORE",
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="consentdecision",
            index=models.Index(fields=["patient", "kind", "-decided_at"], name="consent_latest"),
        ),
        migrations.AddConstraint(
            model_name="consentdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("decision", "given"), _negated=True),
                    models.Q(("signature", []), _negated=True),
                    models.Q(("typed_name", ""), _negated=True),
                    models.Q(("paper_reference", ""), _negated=True),
                    _connector="OR",
                ),
                name="consent_given_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(("typed_name", ""), ("witness__isnull", False), _connector="OR"),
                name="typed_consent_has_a_witness",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("decision", "withdrawn"), ("text__isnull", False), _connector="OR"
                ),
                name="consent_shows_its_text",
            ),
        ),
        migrations.AddConstraint(
            model_name="consentdecision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("about_id__isnull", False),
                        ("kind", "procedure"),
                        models.Q(("fingerprint", ""), _negated=True),
                    ),
                    models.Q(
                        models.Q(("kind", "procedure"), _negated=True),
                        ("about_id__isnull", True),
                        ("fingerprint", ""),
                    ),
                    _connector="OR",
                ),
                name="procedure_consent_is_about_a_course",
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consentdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="4aec0b47cd267b562948516633707dde889c8abf",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_5eb02",
                    table="patients_consentdecision",
                    when="BEFORE",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="consentdecision",
            trigger=pgtrigger.compiler.Trigger(
                name="never_emptied",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
                    hash="ac338690b83af9fe27076dc9813dfdffa7ebd44e",
                    level="STATEMENT",
                    operation="TRUNCATE",
                    pgid="pgtrigger_never_emptied_1fbd9",
                    table="patients_consentdecision",
                    when="BEFORE",
                ),
            ),
        ),
    ]
