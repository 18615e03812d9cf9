"""The doorbell of the ledger."""

from celery import shared_task

from clinic.messages import actions, quarantine
from clinic.messages.queries import steady_clock


@shared_task(ignore_result=True)
def send_due_messages() -> None:
    """A ring that finds a restored backup holds it and sends nothing."""
    clock = steady_clock()
    quarantine.put_off_stale(now=clock())
    if quarantine.step_or_hold(now=clock()) and actions.send_due(clock=clock):
        # A backup of the time before these went is known for one as well.
        quarantine.step_or_hold(now=clock())
