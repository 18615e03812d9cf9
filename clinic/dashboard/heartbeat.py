"""Signs of life of beat and worker, kept in Redis.

The task `heartbeat` proves beat, broker and worker together. Signals tell them apart: beat stamps
when it starts and when it publishes, the worker stamps when it wakes.
"""

import time
from typing import Any

from celery.signals import beat_init, before_task_publish, heartbeat_sent, worker_ready
from django.core.cache import cache

BEAT, WORKER = "alive:beat", "alive:worker"
REMEMBERED_FOR = 3600


def stamp(who: str) -> None:
    cache.set(who, time.time(), REMEMBERED_FOR)


@before_task_publish.connect(dispatch_uid="stamp_beat")
def _beat_published(sender: Any = None, **kwargs: Any) -> None:
    if sender == "clinic.dashboard.tasks.heartbeat":
        stamp(BEAT)


@beat_init.connect(dispatch_uid="stamp_beat_starts")
def _beat_starts(**kwargs: Any) -> None:
    stamp(BEAT)


@worker_ready.connect(dispatch_uid="stamp_worker_ready")
@heartbeat_sent.connect(dispatch_uid="stamp_worker")
def _worker_lives(**kwargs: Any) -> None:
    stamp(WORKER)
