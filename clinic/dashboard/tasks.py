"""The doorbell that only says: I am here."""

from celery import shared_task

from clinic.dashboard.heartbeat import WORKER, stamp


@shared_task(ignore_result=True)
def heartbeat() -> None:
    stamp(WORKER)
