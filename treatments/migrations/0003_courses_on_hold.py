from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("treatments", "0002_an_analysis_is_never_rewritten")]

    operations: list[migrations.operations.base.Operation] = []
