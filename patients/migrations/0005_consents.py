from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0004_clinic_names")]

    operations: list[migrations.operations.base.Operation] = []
