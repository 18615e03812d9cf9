import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0008_screening_gates"),
    ]

    operations = [
        migrations.CreateModel(
            name="OwedScreening",
            fields=[
                (
                    "patient",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="patients.patient",
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
            options={"ordering": ["since", "pk"]},
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["born_on"], name="patient_born"),
        ),
    ]
