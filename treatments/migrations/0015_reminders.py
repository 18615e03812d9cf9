from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0014_measuring")]

    operations = []
