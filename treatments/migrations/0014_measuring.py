from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0013_outcomes")]

    operations = []
