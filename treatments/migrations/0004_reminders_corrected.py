from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0003_courses_on_hold")]

    operations: list[migrations.operations.base.Operation] = []
