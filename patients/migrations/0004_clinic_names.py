from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0003_rulebook")]

    operations: list[migrations.operations.base.Operation] = []
