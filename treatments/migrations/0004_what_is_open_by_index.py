from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("treatments", "0003_courses_on_hold")]

    operations: list[migrations.operations.base.Operation] = [
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(
                condition=models.Q(("state__in", ["arrived", "booked", "confirmed", "in_room"])),
                fields=["physician", "starts_at"],
                name="appointment_open",
            ),
        ),
        migrations.AddIndex(
            model_name="treatmentplan",
            index=models.Index(
                condition=models.Q(("state__in", ["proposed", "active", "on_hold"])),
                fields=["state", "set_at"],
                name="plan_running",
            ),
        ),
    ]
