"""The doorbell of the ledger."""

from celery import shared_task
from django.utils import timezone

from clinic.messages import actions


@shared_task(ignore_result=True)
def send_due_messages() -> None:
    actions.send_due(now=timezone.now())
