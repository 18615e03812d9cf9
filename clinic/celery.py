"""Celery rings; what is owed stands as rows in the database.

No task carries a reminder in its arguments, and none has an ETA: beat rings every few seconds,
a worker looks what is due. Redis may be emptied at any time without loss.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
