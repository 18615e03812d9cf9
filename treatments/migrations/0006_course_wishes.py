from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0005_phases_resources_and_holds")]

    operations: list[migrations.operations.base.Operation] = []
