from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatments", "0008_combined_treatments")]

    operations: list[migrations.operations.base.Operation] = [
        migrations.AddField(
            model_name="appointment",
            name="numbing_since",
            field=models.DateTimeField(null=True),
        ),
    ]
