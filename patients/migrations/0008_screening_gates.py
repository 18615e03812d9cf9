from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0007_importing")]

    operations: list[migrations.operations.base.Operation] = []
