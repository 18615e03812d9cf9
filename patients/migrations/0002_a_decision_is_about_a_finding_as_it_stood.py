from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="findingdecision",
            name="one_decision_per_finding_and_day",
        ),
        # Decisions from before name no finding, so they count for none: they are made again.
        migrations.AddField(
            model_name="findingdecision",
            name="about",
            field=models.CharField(default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddConstraint(
            model_name="findingdecision",
            constraint=models.UniqueConstraint(
                fields=("patient", "rule", "target", "about", "decided_on"),
                name="one_decision_per_finding_and_day",
            ),
        ),
    ]
