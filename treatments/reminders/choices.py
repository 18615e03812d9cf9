"""What a patient wants no more, kind by kind: asked by one press, from any letter or at the desk."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from clinic.audit.actions import Actor, record
from clinic.messages.actions import cancel_messages
from clinic.messages.models import Message
from clinic.signed import read_signed, signed_id
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.reminders.actions import owe_for_patient
from treatments.reminders.models import KindChoice
from treatments.reminders.queries import kinds_refused
from treatments.reminders.terms import KIND_NOT_WANTED, MessageKind

# A time that changed is put right whatever was chosen: by letter, or else by telephone. Whoever wants
# no letter at all withdraws the consent.
OPTIONAL = tuple(kind for kind in MessageKind if kind is not MessageKind.CORRECTION)
_PURPOSE = "reminders.kind"


def choices_of(patient: Patient) -> list[tuple[MessageKind, bool]]:
    """Each kind that can be chosen, and whether it is wanted."""
    refused = kinds_refused(patient)
    return [(kind, kind not in refused) for kind in OPTIONAL]


@transaction.atomic
def choose(
    *, patient: Patient, kind: MessageKind, wanted: bool, by: StaffMember | None, now: datetime
) -> None:
    """Write the choice down; what waits is cancelled, what is still to come is owed again.

    The same choice twice is one.
    """
    Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    if (kind not in kinds_refused(patient)) == wanted:
        return
    KindChoice.objects.create(
        patient=patient, kind=kind, is_wanted=wanted, chosen_at=now, chosen_by=by
    )
    actor: Actor = by or "patient link"
    record(
        verb="messages.chosen",
        subject=patient,
        by=actor,
        now=now,
        patient_id=patient.pk,
        kind=kind.value,
        wanted=wanted,
    )
    if not wanted:
        waiting = Message.objects.filter(patient_id=patient.pk, kind=kind).still_open()
        cancel_messages(
            about_ids=waiting.values_list("about_id", flat=True),
            kinds=[kind],
            why=KIND_NOT_WANTED,
            now=now,
        )
    owe_for_patient(patient, actor, now)


def token_of(patient_id: UUID, kind: str) -> str:
    """What stands in a letter: this patient, this kind, and nothing that anybody else could make."""
    return signed_id(_PURPOSE, patient_id, list(MessageKind.values).index(kind))


def behind(token: str) -> tuple[Patient, MessageKind] | None:
    found = read_signed(_PURPOSE, token)
    if found is None or found[1] >= len(MessageKind):
        return None
    patient, kind = Patient.objects.filter(pk=found[0]).first(), list(MessageKind)[found[1]]
    return (patient, kind) if patient is not None and kind in OPTIONAL else None


def address_to_stop(patient_id: UUID, kind: str) -> str:
    """Where one press ends letters of this kind; "" for a kind that cannot be chosen."""
    if kind not in OPTIONAL:
        return ""
    return settings.BASE_URL + reverse("reminders:stop", args=[token_of(patient_id, kind)])


def headers_for(address: str) -> dict[str, str]:
    """By which a mail program offers the same press (RFC 8058)."""
    if not address:
        return {}
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
