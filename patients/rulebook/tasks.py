"""The doorbell by which open courses are screened again after the rules have changed."""

from celery import shared_task
from django.utils import timezone

from patients.rulebook import actions
from patients.rulebook.terms import SCREENED_PER_RING


@shared_task(ignore_result=True)
def screen_those_behind() -> None:
    """Ring every minute: who is behind is a question to the database, so a lost ring loses nothing."""
    now = timezone.now()
    actions.begin_with_shipped(by="rulebook", now=now)
    actions.screen_those_behind(by="rulebook", now=now, most=SCREENED_PER_RING)
