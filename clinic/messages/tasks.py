"""The doorbell of the ledger."""

from celery import shared_task

from clinic.messages import actions
from clinic.messages.queries import steady_clock


@shared_task(ignore_result=True)
def send_due_messages() -> None:
    actions.send_due(clock=steady_clock())
