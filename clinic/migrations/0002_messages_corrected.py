from django.db import migrations, models

STATES = [
    ("pending", "Waiting"),
    ("claimed", "Being prepared"),
    ("transmitting", "Being sent"),
    ("sent", "Sent"),
    ("uncertain", "Uncertain"),
    ("failed", "Failed"),
    ("expired", "Too late to send"),
    ("cancelled", "Cancelled"),
    ("to_call", "Please call"),
]


class Migration(migrations.Migration):
    dependencies = [("clinic", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="call_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="message",
            name="channel",
            field=models.CharField(
                choices=[("email", "E-mail"), ("phone", "Telephone")], max_length=10
            ),
        ),
        migrations.AlterField(
            model_name="message",
            name="state",
            field=models.CharField(choices=STATES, default="pending", max_length=14),
        ),
        migrations.RemoveConstraint(model_name="message", name="message_state_is_known"),
        migrations.AddConstraint(
            model_name="message",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", [state for state, _words in STATES])),
                name="message_state_is_known",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(fields=["-due_at", "id"], name="message_latest"),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(("state__in", ["pending", "sent"]), _negated=True),
                fields=["state", "-due_at", "id"],
                name="message_rare_state",
            ),
        ),
        migrations.AddIndex(
            model_name="message",
            index=models.Index(
                condition=models.Q(
                    ("settled_at__isnull", True),
                    ("state__in", ("failed", "uncertain", "to_call")),
                ),
                fields=["not_after", "id"],
                name="message_for_the_desk",
            ),
        ),
    ]
