"""What a patient is asked weeks after a session: whose link it is, the answer, and who has read it.

A "no" stands on the physicians' list until one has read it and, where it is one, written it down as
an adverse event: which one, and how severe, is nobody's word but theirs.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.links.actions import ACTOR, revoke_links
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.records.models import Patient
from patients.worklist.actions import finish_task, raise_task
from patients.worklist.terms import TaskKind
from treatments.reminders.care import weeks_in_key
from treatments.reminders.terms import MessageKind
from treatments.sessions.models import SignedSession
from treatments.tracing import terms
from treatments.tracing.models import LateAnswer
from treatments.tracing.refusals import NotAllowed

SENT = (MessageState.SENT, MessageState.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Question:
    """One session, so many weeks ago; `answer` is None as long as nobody has answered."""

    signed: SignedSession
    weeks: int
    answer: LateAnswer | None = None


def question_behind(link: PatientLink) -> Question:
    """Raises Message.DoesNotExist or SignedSession.DoesNotExist."""
    message = Message.objects.get(pk=link.about_id, kind=MessageKind.LATE_CHECK)
    signed = SignedSession.objects.get(planned_session=message.about_id)
    return Question(signed, weeks_in_key(message.event_key))


@transaction.atomic
def answer_late_check(
    *, link: PatientLink, all_is_well: bool, words: str, now: datetime
) -> LateAnswer:
    """Keep the answer and end the link. Answered twice at once, the first answer stands."""
    patient = Patient.objects.select_for_update(no_key=True).get(pk=link.patient_id)
    asked = question_behind(link)
    given, is_new = LateAnswer.objects.get_or_create(
        signed_session=asked.signed,
        weeks=asked.weeks,
        defaults={
            "patient": patient,
            "all_is_well": all_is_well,
            "words": words.strip(),
            "answered_at": now,
        },
    )
    revoke_links(purpose=LinkPurpose.LATE_CHECK, about_id=link.about_id, now=now)
    if is_new:
        record(verb="late.answered", subject=given, by=ACTOR, now=now, patient_id=patient.pk)
        if not given.all_is_well:
            raise_task(
                patient=patient, kind=TaskKind.LATE_ANSWER, physician=None, by=ACTOR, now=now
            )
    return given


@transaction.atomic
def have_read(*, patient: Patient, by: StaffMember, now: datetime) -> None:
    """A physician has read what the patient answered: the task of it is done."""
    if not by.may(Ability.DECIDE_FINDINGS):
        raise NotAllowed(terms.ONLY_PHYSICIANS_READ)
    finish_task(patient=patient, kind=TaskKind.LATE_ANSWER, by=by, now=now)


def words_of_answer(signed: SignedSession, answer_id: UUID | None) -> str:
    """What the patient wrote, to begin a report with; "" where there is no such answer."""
    answers = LateAnswer.objects.filter(signed_session=signed)
    answer = answers.filter(pk=answer_id).first() if answer_id else None
    return answer.words if answer else ""


def questions_of(patient: Patient) -> Sequence[Question]:
    """What the patient was asked, the latest first, answered or not."""
    asked = Message.objects.filter(
        patient_id=patient.pk, kind=MessageKind.LATE_CHECK, state__in=SENT
    ).order_by("-due_at")
    signed = {
        each.planned_session_id: each
        for each in SignedSession.objects.filter(patient=patient)
        .defer("record")
        .select_related("planned_session")
    }
    answers = {
        (each.signed_session_id, each.weeks): each
        for each in LateAnswer.objects.filter(patient=patient)
    }
    found = []
    for message in asked:
        session, weeks = signed.get(message.about_id), weeks_in_key(message.event_key)
        if session is not None:
            found.append(Question(session, weeks, answers.get((session.pk, weeks))))
    return found
