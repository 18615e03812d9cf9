from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_consents")]

    operations: list[migrations.operations.base.Operation] = []
