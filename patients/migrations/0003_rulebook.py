import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0002_a_decision_is_about_a_finding_as_it_stood"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='RulesApproval',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('base_version', models.CharField(max_length=8)),
                ('approved_at', models.DateTimeField()),
                ('certificate_number', models.CharField(max_length=40)),
                ('approved_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='RulesEdition',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField(unique=True)),
                ('base_version', models.CharField(max_length=8)),
                ('content', models.JSONField()),
                ('about', models.JSONField(default=dict)),
                ('reason', models.TextField(verbose_name='Reason')),
                ('in_force_from', models.DateTimeField()),
                ('certificate_number', models.CharField(blank=True, max_length=40)),
                ('by_system', models.CharField(blank=True, max_length=40)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-number'],
            },
        ),
        migrations.AddConstraint(
            model_name='rulesapproval',
            constraint=models.UniqueConstraint(fields=('base_version', 'approved_by'), name='one_approval_per_physician'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulesapproval',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='7314a900235308f9efd875e807040bc37f17cdb7', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_d7a26', table='patients_rulesapproval', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulesapproval',
            trigger=pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='388d7976adb9d392dafe6273850c1c29ca780600', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_e7206', table='patients_rulesapproval', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='rulesedition',
            constraint=models.CheckConstraint(condition=models.Q(('number', 0), models.Q(('by__isnull', False), models.Q(('certificate_number', ''), _negated=True)), _connector='OR'), name='a_physician_signs_every_change'),
        ),
        migrations.AddConstraint(
            model_name='rulesedition',
            constraint=models.CheckConstraint(condition=models.Q(('by__isnull', False), models.Q(('by_system', ''), _negated=True), _connector='OR'), name='an_edition_has_an_author'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulesedition',
            trigger=pgtrigger.compiler.Trigger(name='append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='a35173db6d9b36a29a068b2104d01381d2ba2673', operation='UPDATE OR DELETE', pgid='pgtrigger_append_only_5cfda', table='patients_rulesedition', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='rulesedition',
            trigger=pgtrigger.compiler.Trigger(name='never_emptied', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;", hash='45bcb173b47af7071c0d5369530e78e4190065bc', level='STATEMENT', operation='TRUNCATE', pgid='pgtrigger_never_emptied_b6f69', table='patients_rulesedition', when='BEFORE')),
        ),
    ]
