"""The doorbell of the imports that wait."""

from uuid import UUID

from celery import shared_task
from django.utils import timezone

from patients.importing import actions, queries


@shared_task(ignore_result=True)
def bring_in_imports() -> None:
    for import_id in queries.unchecked_imports():
        actions.check_waiting(import_id=import_id, now=timezone.now())
    for import_id in queries.waiting_imports():
        bring_in(import_id)


def bring_in(import_id: UUID) -> None:
    actions.bring_in_waiting(import_id=import_id, now=timezone.now())
