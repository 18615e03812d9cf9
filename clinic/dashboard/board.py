"""The Today board: who is expected, has arrived, is in the room, is done, needs attention."""

from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import ceil
from uuid import UUID

from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.hours.queries import clinic_zone
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.consents.queries import courses_consented_to, who_may_be_photographed
from patients.screening.gates import booking_view
from patients.screening.models import Purpose, Screening
from patients.screening.queries import (
    decisions_ahead,
    response_of,
    rules_behind,
    view_for_booking,
)
from treatments.aftercare.queries import has_sheet
from treatments.booking.models import Appointment
from treatments.booking.numbing import awaits_numbing, ready_at
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.photographs.queries import photographed_on
from treatments.plans.models import PlannedSession
from treatments.plans.queries import place_in_course
from treatments.plans.terms import SessionState
from treatments.sessions.consenting import fingerprints_of

S = AppointmentState


@dataclass(frozen=True)
class Step:
    """What one click on a card does: the state it leads to, and the word on the button."""

    to: str
    label: str | Promise
    primary: bool = True


@dataclass(frozen=True)
class Numbing:
    """The cream is on: when the skin is ready, and in how many minutes (0: it is)."""

    ready_at: datetime
    minutes_left: int


@dataclass(frozen=True)
class Visit:
    appointment: Appointment
    session: PlannedSession | None
    flags: list[str | Promise]
    steps: list[Step]
    has_sheet: bool
    waits_minutes: int | None = None  # since the patient came, while nobody has called them in
    numbing: Numbing | None = None
    may_begin_numbing: bool = False

    @property
    def is_timed(self) -> bool:
        return self.waits_minutes is not None or self.numbing is not None


@dataclass(frozen=True)
class Column:
    name: str
    label: str | Promise
    icon: str
    empty: str | Promise
    visits: list[Visit] = field(default_factory=list)


@dataclass(frozen=True)
class Board:
    day: date
    columns: list[Column]
    version: str

    @property
    def visit_count(self) -> int:
        return sum(len(column.visits) for column in self.columns)


NEXT_STEPS: dict[str, list[Step]] = {
    S.BOOKED: [Step(S.ARRIVED, _("Arrived")), Step(S.MISSED, _("Did not come"), primary=False)],
    S.CONFIRMED: [Step(S.ARRIVED, _("Arrived")), Step(S.MISSED, _("Did not come"), primary=False)],
    S.ARRIVED: [Step(S.IN_ROOM, _("In the room")), Step(S.BOOKED, _("Undo"), primary=False)],
    S.IN_ROOM: [Step(S.ARRIVED, _("Undo"), primary=False)],
    S.MISSED: [Step(S.ARRIVED, _("Came after all"), primary=False)],
}
# A signed session closes its own appointment; a consultation or review is closed by hand.
CLOSED_BY_HAND = Step(S.DONE, _("Finished"))


def todays_appointments(day: date, physician: StaffMember | None = None) -> QuerySet[Appointment]:
    """The day's appointments with what a card shows, in one query."""
    begins = datetime.combine(day, datetime.min.time(), clinic_zone())
    appointments = Appointment.objects.filter(
        starts_at__gte=begins, starts_at__lt=begins + timedelta(days=1)
    ).select_related("patient", "physician", "room", "planned_session__plan")
    appointments = appointments.annotate(
        place=place_in_course("planned_session__"), has_sheet=has_sheet()
    )
    if physician is not None:
        appointments = appointments.filter(physician=physician)
    return appointments.order_by("starts_at", "pk")


def board(day: date, *, reader: StaffMember, now: datetime, mine: bool = False) -> Board:
    """Everything the board shows; the number of queries does not grow with the patients."""
    appointments = list(todays_appointments(day, reader if mine else None))
    waiting = waiting_for_the_physician(
        appointment.patient_id
        for appointment in appointments
        if appointment.state not in {S.DONE, S.CANCELLED, S.MISSED}
    )
    consented = courses_consented_to(
        fingerprints_of(
            appointment.planned_session.plan_id
            for appointment in appointments
            if getattr(appointment, "planned_session", None)
        )
    )
    columns = {
        "expected": Column("expected", _("Expected"), "clock", _("Nobody is expected.")),
        "arrived": Column("arrived", _("Arrived"), "state-arrived", _("Nobody is waiting.")),
        "in_room": Column("in_room", _("In the room"), "room", _("The rooms are free.")),
        "done": Column("done", _("Done"), "check", _("Nothing is finished yet.")),
        "problem": Column("problem", _("Problem"), "warning", _("No problems.")),
    }
    here = {each.patient_id for each in appointments if each.state in {S.ARRIVED, S.IN_ROOM}}
    rescreened = _rescreened(here, day)
    unphotographed = who_may_be_photographed(here) - photographed_on(here, day)
    for appointment in appointments:
        visit = _visit(appointment, waiting.get(appointment.patient_id), reader, now)
        if _lacks_consent(visit, consented):
            visit.flags.append(_("Consent missing"))
        if _is_here_for_a_session(visit):
            if appointment.patient_id not in rescreened:
                visit.flags.append(_("Questions of the day"))
            if appointment.patient_id in unphotographed:
                visit.flags.append(_("Photo missing"))
        columns[_column_of(appointment, now)].visits.append(visit)
    shown = [visit for column in columns.values() for visit in column.visits]
    # A board on which minutes are counted is another one every minute.
    clock = [f"{now:%H%M}"] if any(visit.is_timed for visit in shown) else []
    states = [f"{each.version}{each.state[0]}" for each in appointments]
    version = "-".join([str(len(appointments)), *clock, *states])
    return Board(day=day, columns=list(columns.values()), version=version)


def _rescreened(here: Set[UUID], day: date) -> set[UUID]:
    """Whose answers of the day were taken down. One query for everybody who is here."""
    asked = Screening.objects.filter(patient_id__in=here, purpose=Purpose.SESSION, on=day)
    return set(asked.values_list("patient_id", flat=True))


def _is_here_for_a_session(visit: Visit) -> bool:
    return visit.session is not None and visit.appointment.state in {S.ARRIVED, S.IN_ROOM}


def waiting_for_the_physician(patient_ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Patient -> whether a physician must decide before a treatment; never screened: absent.

    One query for everybody, and two for the physicians' decisions about those who are blocked by
    the rules alone.
    """
    newest = (
        Screening.objects.filter(patient_id__in=set(patient_ids), purpose=Purpose.BOOKING)
        .select_related("patient")
        .order_by("patient_id", "-screened_at", "-pk")
        .distinct("patient_id")
    )
    screenings = list(newest)
    blocked = [each for each in screenings if _is_blocked_by_rules(each)]
    decided = decisions_ahead(blocked) if blocked else {}
    must_decide = {
        each.pk for each in blocked if view_for_booking(each, decided[each.pk]).blocks_booking
    }
    return {each.patient_id: each.pk in must_decide for each in screenings}


def _is_blocked_by_rules(screening: Screening) -> bool:
    view = booking_view(response_of(screening), rule_set=rules_behind(screening))
    return view.blocks_booking


def _lacks_consent(visit: Visit, consented: Set[UUID]) -> bool:
    """Whether somebody comes for a session who has not signed for this course."""
    if visit.session is None or visit.appointment.state in {S.DONE, S.CANCELLED, S.MISSED}:
        return False
    return visit.session.plan_id not in consented


def _column_of(appointment: Appointment, now: datetime) -> str:
    if appointment.state in {S.ARRIVED, S.IN_ROOM, S.DONE}:
        return str(appointment.state)
    late = now - appointment.starts_at > timedelta(minutes=15)
    if appointment.state in {S.MISSED, S.CANCELLED} or late:
        return "problem"
    return "expected"


def _visit(
    appointment: Appointment, must_decide: bool | None, reader: StaffMember, now: datetime
) -> Visit:
    session = getattr(appointment, "planned_session", None)
    steps = list(NEXT_STEPS.get(appointment.state, [])) if reader.may(Ability.RUN_THE_DAY) else []
    if steps and appointment.state == S.IN_ROOM and appointment.kind != AppointmentKind.SESSION:
        steps.insert(0, CLOSED_BY_HAND)
    return Visit(
        appointment=appointment,
        session=session,
        flags=_flags(appointment, session, must_decide),
        steps=steps,
        has_sheet=getattr(appointment, "has_sheet", False),
        waits_minutes=_waits_minutes(appointment, now),
        numbing=_numbing(appointment, now),
        may_begin_numbing=bool(steps) and awaits_numbing(appointment),
    )


def _waits_minutes(appointment: Appointment, now: datetime) -> int | None:
    if appointment.state != S.ARRIVED or appointment.arrived_at is None:
        return None
    return max(0, int((now - appointment.arrived_at) / timedelta(minutes=1)))


def _numbing(appointment: Appointment, now: datetime) -> Numbing | None:
    ready = ready_at(appointment)
    if ready is None or appointment.state not in {S.ARRIVED, S.IN_ROOM}:
        return None
    seconds = max(0.0, (ready - now).total_seconds())
    return Numbing(ready_at=ready, minutes_left=ceil(seconds / 60))


def _flags(
    appointment: Appointment, session: PlannedSession | None, must_decide: bool | None
) -> list[str | Promise]:
    """What the desk must know, without a diagnosis."""
    flags: list[str | Promise] = []
    if appointment.state in {S.DONE, S.CANCELLED, S.MISSED}:
        return flags
    if session is not None and session.state == SessionState.ON_HOLD:
        flags.append(_("On hold"))
    if session is not None and session.wait_until is not None:
        flags.append(_("To be moved"))
    if appointment.kind == AppointmentKind.SESSION:
        if must_decide is None:
            flags.append(_("Intake missing"))
        elif must_decide:
            flags.append(_("Physician first"))
    if not appointment.patient.email and not appointment.patient.phone:
        flags.append(_("Contact missing"))
    return flags
