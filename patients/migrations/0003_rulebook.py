from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0002_a_decision_is_about_a_finding_as_it_stood")]

    operations: list[migrations.operations.base.Operation] = []
