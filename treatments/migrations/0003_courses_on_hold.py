from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatments", "0002_an_analysis_is_never_rewritten")]

    operations: list[migrations.operations.base.Operation] = [
        migrations.AddField(
            model_name="plannedsession",
            name="wait_until",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddConstraint(
            model_name="plannedsession",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("wait_until__isnull", True), ("state", "booked"), _connector="OR"
                ),
                name="only_a_booked_session_waits_to_be_moved",
            ),
        ),
    ]
