from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0006_phone_intake")]

    operations: list[migrations.operations.base.Operation] = []
