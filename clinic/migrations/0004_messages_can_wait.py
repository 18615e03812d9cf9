from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("clinic", "0003_people_and_devices_have_hours")]

    operations: list[migrations.operations.base.Operation] = []
