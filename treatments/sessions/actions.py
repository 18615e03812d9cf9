"""Recording, signing and amending a session."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.formats import date_format
from django.utils.timezone import localtime

from clinic.audit.actions import Actor, record
from clinic.hours.queries import local_date
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from cocktails.stock.queries import lots_locked
from patients.records.models import Patient
from patients.screening.actions import screen_patient
from patients.screening.models import FindingDecision, Purpose, Screening
from patients.screening.plan import PlannedTreatment
from patients.screening.queries import what_blocks_signing
from treatments.booking.locks import again_after_deadlock
from treatments.plans.actions import lock_visit_of, mark_session_done
from treatments.plans.models import PlannedSession
from treatments.plans.queries import planned_session as read_session
from treatments.plans.queries import treatment_of
from treatments.plans.terms import HAS_A_RECORD, TO_BE_MOVED, SessionState
from treatments.sessions import queries, terms
from treatments.sessions.content import record_content
from treatments.sessions.drawing import draw_prepared
from treatments.sessions.hooks import session_amended, session_signed
from treatments.sessions.models import SessionAmendment, SessionDraft, SignedSession
from treatments.sessions.prepared import (
    PreparedPortion,
    lot_problems,
    moment_of,
    prepared_portions,
    to_draw,
)
from treatments.sessions.refusals import (
    AmendmentNeedsWords,
    CertificateExpired,
    DraftChanged,
    NotASigner,
    NotComplete,
    NotOpen,
    RescreenNeeded,
    SignedAlready,
    WrongEnd,
    WrongPatient,
)
from treatments.sessions.rules import GENESIS, canonical, check_record, digest

SHORTEST_WORDS = 10
FIELDS = (
    "antiseptic", "anaesthetic_cream", "cream_g", "gloves", "technique", "device", "needle",
    "depth_mm", "regions", "lots", "reactions", "pain", "observed_min", "note", "started_at",
    "ended_at",
)  # fmt: skip
# What screening looks at: a change of these is screened anew.
SCREENED = ("antiseptic", "anaesthetic_cream", "cream_g", "gloves", "regions")


@transaction.atomic
def start_session(
    *, planned_session: PlannedSession, by: StaffMember, now: datetime
) -> SessionDraft:
    """Open the record of a booked session; one that is open already is returned.

    The asepsis and the regions come from the plan that a physician set. What was done and what
    was given is never filled in.
    """
    # The row is the queue: two who open the room's page at once open one record.
    session = PlannedSession.objects.select_for_update(no_key=True).get(pk=planned_session.pk)
    existing = queries.draft_of(session)
    if existing is not None:
        return existing
    check_open(session, now)
    check_not_waiting(session)
    plan = planned_session.plan
    draft = SessionDraft.objects.create(
        planned_session=session,
        antiseptic=plan.antiseptic,
        anaesthetic_cream=plan.anaesthetic_cream,
        gloves=plan.gloves,
        started_at=now,
    )
    record(verb="session.started", subject=draft, by=by, now=now, patient_id=plan.patient_id)
    return draft


def check_open(session: PlannedSession, now: datetime) -> None:
    if session.state != SessionState.BOOKED or session.appointment is None:
        raise NotOpen(terms.NOT_OPEN)
    day = local_date(session.appointment.starts_at)
    if day > local_date(now):
        raise NotOpen(terms.NOT_TODAY % {"date": date_format(day, "SHORT_DATE_FORMAT")})


def check_its_day(session: PlannedSession, now: datetime) -> None:
    """Refuse to ask today for a session of an earlier day: its answers are of that day."""
    if session.appointment is None:
        raise NotOpen(terms.NOT_OPEN)
    day = queries.day_of(session)
    if day < local_date(now):
        raise NotOpen(terms.ASKED_ON_ITS_DAY % {"date": date_format(day, "SHORT_DATE_FORMAT")})


def check_not_waiting(session: PlannedSession) -> None:
    """Refuse to begin or sign what a finding moves to another day."""
    if session.wait_until is not None:
        raise NotOpen(TO_BE_MOVED % {"date": date_format(session.wait_until, "SHORT_DATE_FORMAT")})


def put_empty_draft_away(session: PlannedSession, by: Actor, now: datetime) -> None:
    """Listens to `session_leaves_its_day`: a record in which nobody wrote is none.

    Raises NotOpen for one in which something stands: it happened on this day.
    """
    draft = queries.draft_of(session)
    if draft is None:
        return
    if draft.version > 1:
        raise NotOpen(HAS_A_RECORD % {"number": session.number})
    draft.delete()


@transaction.atomic
def save_draft(
    *,
    draft_id: UUID,
    seen_version: int,
    values: Mapping[str, Any],
    by: StaffMember,
    now: datetime,
) -> SessionDraft:
    """Save what the treatment room wrote. Raises DraftChanged when somebody else was faster."""
    draft = _lock_draft(draft_id)
    _check_unsigned(draft.planned_session)
    if draft.version != seen_version:
        raise DraftChanged(str(terms.DRAFT_CHANGED), draft)
    before = {name: getattr(draft, name) for name in SCREENED}
    if values.get("lots", draft.lots) != draft.lots:
        # Sheet and label of another mixture would be a lie.
        draft.prepared_at = draft.prepared_by = None
    for name in FIELDS:
        if name in values:
            setattr(draft, name, values[name])
    draft.version += 1
    draft.save()
    if before != {name: getattr(draft, name) for name in SCREENED}:
        _screen_what_changed(draft, by=by, now=now)
    record(
        verb="session.draft_saved",
        subject=draft,
        by=by,
        now=now,
        patient_id=draft.planned_session.plan.patient_id,
        version=draft.version,
    )
    return draft


def _screen_what_changed(draft: SessionDraft, *, by: StaffMember, now: datetime) -> None:
    """Other steps or regions than those screened: a physician must be able to decide on what they
    mean before the signature."""
    session = read_session(draft.planned_session_id)
    if session.appointment is None:
        return
    patient = session.plan.patient
    if queries.screening_of_the_day(patient, queries.day_of(session)) is not None:
        screen_again(session, draft, by=by, now=now)


@again_after_deadlock
@transaction.atomic
def sign_session(
    *,
    planned_session: PlannedSession,
    patient_id_on_screen: UUID,
    seen_version: int,
    by: StaffMember,
    now: datetime,
) -> SignedSession:
    """Freeze the record: complete, screened by the rules of the day, chained to the one before.

    The patient is screened once more for what was really used: another antiseptic than the
    planned one may be another answer. Raises a refusal for every thing that is missing.
    """
    check_signer(by, on=local_date(now))
    session = read_session(planned_session.pk)
    patient = session.plan.patient
    if patient.pk != patient_id_on_screen:
        raise WrongPatient(terms.WRONG_PATIENT)
    lock_visit_of(session)
    draft = _lock_draft_of(session)
    session = read_session(planned_session.pk)
    _check_unsigned(session)
    check_open(session, now)
    check_not_waiting(session)
    if draft.version != seen_version:
        raise DraftChanged(str(terms.DRAFT_CHANGED), draft)
    screening = screen_again(session, draft, by=by, now=now)
    # Behind their rows: who comes second for the last of a lot reads what is left then.
    lots_locked(each.lot_id for each in to_draw(_prepared(session, draft)))
    if reasons := what_still_blocks(session, draft, screening, now=now):
        raise NotComplete(str(terms.NOT_COMPLETE % {"what": reasons[0]}), reasons)
    signed = _write_record(session, draft, screening, by=by, now=now)
    mark_session_done(planned_session=session, by=by, now=now)
    record(
        verb="session.signed",
        subject=signed,
        by=by,
        now=now,
        patient_id=patient.pk,
        sha256=signed.sha256,
        previous_sha256=signed.previous_sha256,
    )
    session_signed(signed, by, now)
    return signed


def check_signer(by: StaffMember, *, on: date) -> None:
    """Refuse whoever may not sign on that day."""
    if not by.may(Ability.SIGN_SESSIONS):
        raise NotASigner(terms.NOT_A_SIGNER)
    expires = by.certificate_expires_on
    if not by.certificate_number or expires is None or expires < on:
        raise CertificateExpired(terms.CERTIFICATE_EXPIRED % {"who": by.display_name})


def screen_again(
    session: PlannedSession, draft: SessionDraft, *, by: Actor, now: datetime
) -> Screening:
    """Screen for the session as it was done, by the rules and the plan as they are now.

    A record of an earlier day is held against what was known on that day and its rules: what the
    patient said since is about the sessions to come.
    """
    patient, on = session.plan.patient, queries.day_of(session)
    of_the_day = queries.screening_of_the_day(patient, on)
    if of_the_day is None:
        raise RescreenNeeded(terms.RESCREEN_NEEDED)
    is_late = on < local_date(now) and not of_the_day.response.get("fault")
    screening = screen_patient(
        patient=patient,
        planned=as_done(session, draft),
        purpose=Purpose.SESSION,
        on=on,
        by=by,
        now=now,
        day_answers=queries.day_answers(patient, on),
        as_known=of_the_day if is_late else None,
    )
    draft.screening = screening
    draft.save(update_fields=["screening"])
    return screening


def as_done(session: PlannedSession, draft: SessionDraft) -> PlannedTreatment:
    """The session's own plan with the steps and regions of the record in place of the plan's."""
    planned = as_planned(session)
    regions = tuple(entry["region"] for entry in draft.regions)
    return replace(
        planned,
        # Planned regions that were left out stay in: the day may not be over.
        area=tuple(dict.fromkeys((*planned.area, *regions))),
        antiseptic=draft.antiseptic or planned.antiseptic,
        anaesthetic_cream=draft.anaesthetic_cream or planned.anaesthetic_cream,
        gloves=draft.gloves or planned.gloves,
        cream_g=draft.cream_g,
    )


def as_planned(session: PlannedSession) -> PlannedTreatment:
    visit = session.appointment
    return treatment_of(session.plan, before=visit.starts_at if visit else None)


def what_still_blocks(
    session: PlannedSession, draft: SessionDraft, screening: Screening | None, *, now: datetime
) -> list[str]:
    """Everything between the record and its signature, in words and in the order of the page."""
    prepared = _prepared(session, draft)
    missing = [
        str(each.label)
        for each in check_record(queries.record_of(draft, session.plan.cocktail, prepared))
    ]
    missing += lot_problems(prepared, moment_of(draft, queries.day_of(session)))
    if draft.ended_at is not None and draft.ended_at > now:
        missing.append(str(terms.ENDS_IN_THE_FUTURE))
    if screening is None:
        return [str(terms.RESCREEN_NEEDED), *missing]
    not_asked = [
        str(terms.LIST_NOT_ASKED % {"what": listed.label})
        for listed in queries.lists_not_asked(session.plan.patient, screening.on)
    ]
    return [*map(str, what_blocks_signing(screening)), *not_asked, *missing]


def _prepared(session: PlannedSession, draft: SessionDraft) -> list[PreparedPortion]:
    return prepared_portions(session.plan.cocktail, draft)


@transaction.atomic
def amend_session(
    *,
    signed: SignedSession,
    text: str,
    reason: str,
    by: StaffMember,
    now: datetime,
    ended_at: datetime | None = None,
) -> SessionAmendment:
    """Write a correction beside the record, which stays as it was signed.

    `ended_at`: when the session really ended, if the record is wrong in that. Raises
    AmendmentNeedsWords, WrongEnd.
    """
    check_signer(by, on=local_date(now))
    if min(len(text.strip()), len(reason.strip())) < SHORTEST_WORDS:
        raise AmendmentNeedsWords(terms.AMENDMENT_NEEDS_WORDS)
    if ended_at is not None and not queries.started_at_of(signed) < ended_at <= now:
        raise WrongEnd(terms.WRONG_END)
    amendment = SessionAmendment.objects.create(
        signed_session=signed,
        text=text.strip(),
        reason=reason.strip(),
        ended_at=ended_at,
        amended_by=by,
        amended_at=now,
    )
    record(
        verb="session.amended",
        subject=amendment,
        by=by,
        now=now,
        patient_id=signed.patient_id,
        signed=str(signed.pk),
    )
    session_amended(amendment, by, now)
    return amendment


def _write_record(
    session: PlannedSession,
    draft: SessionDraft,
    screening: Screening,
    *,
    by: StaffMember,
    now: datetime,
) -> SignedSession:
    patient, prepared = session.plan.patient, _prepared(session, draft)
    last = SignedSession.objects.filter(patient=patient).order_by("-signed_at", "-pk").first()
    previous = last.sha256 if last else GENESIS
    # Two machines may disagree about the time; the chain must not.
    signed_at = max(now, last.signed_at + timedelta(microseconds=1)) if last else now
    content = canonical(
        record_content(
            session=session,
            draft=draft,
            screening=screening,
            decisions=_decisions(patient, screening.on),
            consent=queries.consent_behind(as_done(session, draft), patient, on=screening.on),
            prepared=prepared,
            signer=by,
            now=signed_at,
        )
    )
    assert draft.ended_at is not None  # check_record asked for it
    signed = SignedSession.objects.create(
        planned_session=session,
        patient=patient,
        record=content.decode(),
        sha256=digest(content, previous),
        previous_sha256=previous,
        ended_at=draft.ended_at,
        signed_by=by,
        signed_at=signed_at,
    )
    moment = moment_of(draft, queries.day_of(session))
    draw_prepared(signed, prepared, moment=moment, by=by, now=now)
    return signed


def _decisions(patient: Patient, on: date) -> list[FindingDecision]:
    return list(
        FindingDecision.objects.select_related("decided_by")
        .filter(patient=patient, decided_on=on)
        .order_by("decided_at", "pk")
    )


def _lock_draft(draft_id: UUID) -> SessionDraft:
    return (
        SessionDraft.objects.select_for_update(no_key=True, of=("self",))
        .select_related("planned_session__plan__patient")
        .get(pk=draft_id)
    )


def _lock_draft_of(session: PlannedSession) -> SessionDraft:
    draft = queries.draft_of(session)
    if draft is None:
        raise NotOpen(terms.NOT_OPEN)
    return _lock_draft(draft.pk)


def _check_unsigned(session: PlannedSession) -> None:
    signed = queries.signed_of(session)
    if signed is not None:
        raise SignedAlready(
            terms.SIGNED_ALREADY
            % {
                "who": signed.signed_by.display_name,
                "when": date_format(localtime(signed.signed_at), "SHORT_DATETIME_FORMAT"),
            }
        )
