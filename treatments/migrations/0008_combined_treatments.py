from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0007_patients_side")]

    operations: list[migrations.operations.base.Operation] = []
