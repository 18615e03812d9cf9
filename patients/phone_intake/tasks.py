"""The doorbell by which requests to patients end when their link does."""

from celery import shared_task
from django.utils import timezone

from patients.phone_intake import actions


@shared_task(ignore_result=True)
def withdraw_expired_intakes() -> None:
    actions.withdraw_expired(now=timezone.now())
