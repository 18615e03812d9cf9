"""Celery rings; what is owed stands as rows in the database.

No task carries a reminder in its arguments, and none has an ETA: beat rings every few seconds,
a worker looks what is due. Redis may be emptied at any time without loss.
"""

import os
from typing import Any

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("clinic")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Enough for the web server to be asked first when both want the processor.
WORKER_NICENESS = 10


@worker_init.connect
def give_way(**_: Any) -> None:
    """A backlog of letters lets people's pages go first; the worker's processes inherit it."""
    os.nice(WORKER_NICENESS)
