from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0006_course_wishes")]

    operations: list[migrations.operations.base.Operation] = []
