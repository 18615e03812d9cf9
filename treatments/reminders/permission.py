"""The patient's permission for care messages: when it is given or taken back, the ledger follows.

The wish in the file says by which way (mail or paper), the consent says whether at all
(docs/rules/consents.md). Both are asked again in the moment of sending.
"""

from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_noop, ngettext

from clinic.audit.actions import Actor
from clinic.messages.actions import cancel_messages
from clinic.messages.models import Message
from patients.consents.queries import may_send_care_messages
from patients.consents.terms import ConsentKind
from patients.records.models import Patient
from treatments.reminders.actions import owe_for_patient
from treatments.reminders.terms import MessageKind

NOT_PERMITTED = gettext_noop("the patient does not permit care messages")


def owe_after_consent(patient: Patient, kind: ConsentKind, by: Actor, now: datetime) -> None:
    """Listens to `consent_changed`: owe what is still to come, or cancel all that waits."""
    if kind is not ConsentKind.CARE_MESSAGES:
        return
    if not may_send_care_messages(patient):
        waiting = Message.objects.filter(patient_id=patient.pk).still_open()
        cancel_messages(
            about_ids=waiting.values_list("about_id", flat=True),
            kinds=MessageKind.values,
            why=NOT_PERMITTED,
            now=now,
        )
    # Also after a withdrawal: whoever was told a time that changed is called instead.
    owe_for_patient(patient, by, now)


def effects_of_withdrawal(patient: Patient, kind: ConsentKind) -> list[str | Promise]:
    if kind is not ConsentKind.CARE_MESSAGES:
        return []
    waiting = Message.objects.filter(
        patient_id=patient.pk, kind__in=MessageKind.values
    ).still_open()
    count = waiting.count()
    if not count:
        return []
    return [
        ngettext(
            "%(count)d message that waits will not be sent.",
            "%(count)d messages that wait will not be sent.",
            count,
        )
        % {"count": count}
    ]
