"""Reads of sessions: drafts, signed records, and what waits for a signature."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery

from clinic.hours.queries import day_bounds, local_date
from clinic.staff.models import StaffMember
from cocktails.composition.models import Cocktail
from cocktails.composition.queries import mixture_of
from patients.consents.models import ConsentDecision
from patients.consents.queries import decisions
from patients.consents.terms import ConsentKind, Decision
from patients.intake.illnesses import named_illnesses, with_one_unnamed
from patients.intake.models import Answer
from patients.intake.queries import latest_answers
from patients.intake.terms import CONDITIONS, FACTS_ASKED_FOR, UNKNOWN, Listed, Occasion
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.models import Purpose, Screening
from patients.screening.plan import PlannedTreatment
from patients.screening.queries import latest_screening
from patients.screening.rescreen import codes_of_the_day
from treatments.analysis.hooks import Treated
from treatments.booking.terms import HOLDING, AppointmentState
from treatments.plans.models import PlannedSession
from treatments.plans.queries import place_in_course
from treatments.plans.terms import SessionState
from treatments.sessions.models import SessionAmendment, SessionDraft, SignedSession
from treatments.sessions.prepared import PreparedPortion, prepared_portions
from treatments.sessions.rules import Injected, Record, Used


def draft_of(session: PlannedSession) -> SessionDraft | None:
    return SessionDraft.objects.filter(planned_session=session).first()


def signed_of(session: PlannedSession) -> SignedSession | None:
    return _signed().filter(planned_session=session).first()


def signed_session(signed_id: UUID) -> SignedSession:
    return _signed().get(pk=signed_id)


def signed_sessions(patient: Patient) -> list[SignedSession]:
    """The signed records of one patient, in the order of their chain."""
    return list(_signed().filter(patient=patient).order_by("signed_at", "pk"))


def started_at_of(signed: SignedSession) -> datetime:
    return datetime.fromisoformat(json.loads(signed.record)["started_at"])


def ended_at_of(signed: SignedSession) -> datetime:
    """When the session ended: as signed, or as the newest amendment about it says."""
    corrected = [each.ended_at for each in signed.amendments.all() if each.ended_at is not None]
    return corrected[-1] if corrected else signed.ended_at


def corrected_end(field: str) -> Subquery:
    """Of a planned session: `field` of the newest amendment about its end, for a query of many."""
    about_the_end = SessionAmendment.objects.filter(
        signed_session__planned_session=OuterRef("pk"), ended_at__isnull=False
    )
    return Subquery(about_the_end.order_by("-amended_at").values(field)[:1])


def last_treated(patient: Patient) -> Treated | None:
    """Where the last signed session of a patient was given, for the map of a skin analysis."""
    signed = SignedSession.objects.filter(patient=patient).order_by("-ended_at").first()
    if signed is None:
        return None
    regions = json.loads(signed.record).get("regions", ())
    return Treated(
        on=local_date(signed.ended_at), regions=frozenset(entry["region"] for entry in regions)
    )


def sessions_of(patient: Patient) -> list[PlannedSession]:
    """Every session of every course of one patient, the latest course first."""
    return list(_sessions().filter(plan__patient=patient).order_by("-plan__set_at", "number"))


def session_of_patient(patient_id: UUID, session_id: UUID) -> PlannedSession:
    return _sessions().get(pk=session_id, plan__patient_id=patient_id)


def sessions_to_sign(physician: StaffMember, on: date) -> list[PlannedSession]:
    """What waits for this physician: sessions with an open draft, and those of the day.

    A booked session always has its visit, which is done only when the session is; a draft is begun
    on the day of the visit and not before. So only what is open until tonight is looked through.
    """
    starts, ends = day_bounds(on)
    return list(
        _sessions()
        .filter(
            appointment__physician=physician,
            appointment__state__in=sorted(HOLDING - {AppointmentState.DONE}),
            appointment__starts_at__lt=ends,
        )
        .filter(Q(draft__isnull=False) | Q(appointment__starts_at__gte=starts))
        .filter(state=SessionState.BOOKED, signed__isnull=True)
        .order_by("appointment__starts_at")
    )


def day_of(session: PlannedSession) -> date:
    """The clinic's day of a booked session: its answers, decisions and rules are of that day."""
    assert session.appointment is not None  # the table refuses a booked session without one
    return local_date(session.appointment.starts_at)


def screening_of_the_day(patient: Patient, on: date) -> Screening | None:
    return latest_screening(patient, Purpose.SESSION, on=on)


def day_answers(patient: Patient, on: date) -> dict[str, Any]:
    """What was answered in the treatment room on that day.

    What must be given again on the day and was not is "unknown", whatever the intake says: an
    older no does not answer for today.
    """
    rule_set = rules_in_force()
    due = codes_of_the_day(rule_set)
    return {
        answer.code: answer.value if _is_of_the_day(answer, on) else _not_said_today(answer)
        for answer in latest_answers(patient, on)
        if answer.code in rule_set.questions
        and rule_set.question(answer.code).field in (None, CONDITIONS, *FACTS_ASKED_FOR)
        and (answer.code in due or _is_of_the_day(answer, on))
    }


def _not_said_today(answer: Answer) -> Any:
    """An illness that was named outlasts the day on which nobody was asked for a new one."""
    if answer.code == CONDITIONS:
        return with_one_unnamed(named_illnesses(answer.value))
    return UNKNOWN


def codes_said_at_the_door(patient: Patient, on: date) -> set[str]:
    return {answer.code for answer in latest_answers(patient, on) if _is_of_the_day(answer, on)}


def lists_not_asked(patient: Patient, on: date) -> list[Listed]:
    """The lists (medicines, allergies, skin treatments) that nobody confirmed or added to today,
    and those of which the patient did not know whether something is new.
    """
    known = {
        answer.code
        for answer in latest_answers(patient, on)
        if answer.answered_on == on and answer.value != UNKNOWN
    }
    return [listed for listed in Listed if listed.none_code not in known]


def _is_of_the_day(answer: Answer, on: date) -> bool:
    return answer.answered_on == on and answer.occasion == Occasion.SESSION


def region_label(region: str, language: str) -> str:
    labels = rules_in_force().vocabulary.regions
    return labels[region].to(language) if region in labels else region


def prepared_ml(cocktail: Cocktail | None) -> Decimal | None:
    return mixture_of(cocktail).total_ml if cocktail is not None else None


def intended_ml(cocktail: Cocktail | None) -> Decimal | None:
    """What the cocktail was composed to give: points times volume."""
    return mixture_of(cocktail).injected_ml if cocktail is not None else None


def record_of(
    draft: SessionDraft,
    cocktail: Cocktail | None,
    prepared: Sequence[PreparedPortion] | None = None,
) -> Record:
    """The draft as the rules read it."""
    if prepared is None:
        prepared = prepared_portions(cocktail, draft)
    return Record(
        started_at=draft.started_at,
        ended_at=draft.ended_at,
        antiseptic=draft.antiseptic,
        gloves=draft.gloves,
        anaesthetic_cream=draft.anaesthetic_cream,
        cream_g=draft.cream_g,
        technique=draft.technique,
        device=draft.device,
        injected=[
            Injected(region=entry["region"], volume_ml=Decimal(entry["ml"]), points=entry["points"])
            for entry in draft.regions
        ],
        prepared_ml=prepared_ml(cocktail),
        used=[
            Used(product=each.product.name, lot=each.lot, strength_seen=each.strength_seen)
            for each in prepared
            if each.needs_lot
        ],
        reactions=draft.reactions,
        reaction_note=draft.note,
        pain=draft.pain,
    )


@dataclass(frozen=True, slots=True)
class Chain:
    """The signed records of one patient as they were written, for whoever computes them again."""

    patient_id: UUID
    signed: list[SignedSession]


def chains() -> Iterator[Chain]:
    """Every patient's chain, one at a time, so that ten thousand fit into memory."""
    patients = SignedSession.objects.order_by("patient_id").values_list("patient_id", flat=True)
    for patient_id in patients.distinct().iterator():
        rows = SignedSession.objects.filter(patient_id=patient_id).order_by("signed_at", "pk")
        yield Chain(patient_id, list(rows))


def done_without_a_record() -> list[PlannedSession]:
    """Sessions that are done although no record is there: the end of a chain was cut off."""
    return list(PlannedSession.objects.filter(state=SessionState.DONE, signed__isnull=True))


def consent_behind(
    planned: PlannedTreatment, patient: Patient, *, on: date
) -> ConsentDecision | None:
    """The consent to exactly this that stood on that day, or else the one that was given later."""
    given = decisions(patient).filter(
        kind=ConsentKind.PROCEDURE,
        decision=Decision.GIVEN,
        about_id=planned.plan_id,
        fingerprint=planned.consent_fingerprint,
    )
    return given.filter(decided_on__lte=on).first() or given.first()


def _sessions() -> QuerySet[PlannedSession]:
    return PlannedSession.objects.select_related(
        "plan__patient",
        "plan__physician",
        "plan__cocktail",
        "appointment__physician",
        "appointment__room",
        "draft",
        "signed__signed_by",
    ).annotate(place=place_in_course())


def _signed() -> QuerySet[SignedSession]:
    return SignedSession.objects.select_related(
        "patient", "signed_by", "planned_session__plan__patient", "planned_session__appointment"
    ).prefetch_related(
        Prefetch("amendments", queryset=SessionAmendment.objects.select_related("amended_by"))
    )
