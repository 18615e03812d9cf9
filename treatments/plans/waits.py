"""Moving the sessions that a finding with a date lets not be on their day: proposed, seen, confirmed.

The dates are those of `rules.reflow`, the times the free ones nearest to the clock time that the
session has. What is confirmed is moved as a whole or not at all. See docs/rules/plan-dates.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.hours.queries import rooms as rooms_in_use
from clinic.staff.models import StaffMember
from patients.worklist.actions import finish_task
from patients.worklist.terms import TaskKind
from treatments.booking import actions as booking
from treatments.booking.locks import again_after_deadlock, lock_resources
from treatments.booking.models import Appointment
from treatments.booking.queries import Availability, Offer, availability
from treatments.booking.rules import HORIZON
from treatments.booking.terms import AppointmentState, day_in_words
from treatments.plans import hooks, queries, rules, terms
from treatments.plans.actions import (
    lock_plan,
    lock_sessions,
    mark_waits,
    screen_for_booking,
)
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposals import MARGIN, OPTIONS
from treatments.plans.terms import PlanState, SessionState

BACK_TO_EXPECTED: Mapping[str, Sequence[AppointmentState]] = {
    AppointmentState.IN_ROOM: (AppointmentState.ARRIVED, AppointmentState.BOOKED),
    AppointmentState.ARRIVED: (AppointmentState.BOOKED,),
}


@dataclass(frozen=True, slots=True)
class Ripple:
    """One session ahead: where it is, and where it would go. Without options it stays."""

    session: PlannedSession
    on: date
    options: tuple[Offer, ...] = ()

    @property
    def stays(self) -> bool:
        return not self.options

    @property
    def is_marked(self) -> bool:
        return self.session.wait_until is not None

    @property
    def visit(self) -> Appointment:
        assert self.session.appointment is not None  # only booked sessions are ahead
        return self.session.appointment


@dataclass(frozen=True, slots=True)
class Move:
    """What was confirmed for one session. `seen_version`: of the appointment, as it was shown."""

    session_id: UUID
    seen_version: int
    starts_at: datetime
    room: Room


def propose_moves(plan: TreatmentPlan, *, now: datetime) -> list[Ripple]:
    """Every session ahead, in order, with its new times where it has to go.

    Raises CourseChanged when nothing is marked, NoOpenDay when the calendar has no room.
    """
    ahead = queries.sessions_ahead(plan, local_date(now))
    waits = [session.wait_until for session in ahead if session.wait_until is not None]
    if not waits:
        raise rules.CourseChanged(terms.NOTHING_TO_MOVE)
    earliest = max(waits)
    rooms = rooms_in_use()
    windows = _windows(plan, ahead, rooms, earliest=earliest, now=now)
    days = [local_date(_visit(session).starts_at) for session in ahead]
    closed = {day for window in windows.values() for day in window.closed}
    last = max(window_last(plan, ahead, earliest, now), earliest)
    while True:
        dates = rules.reflow(
            days,
            earliest=earliest,
            interval=timedelta(days=plan.interval_days),
            closed=closed,
            last=queries.last_session_on(plan.patient),
        )
        if dates[-1] > last:
            raise rules.NoOpenDay(terms.COURSE_DOES_NOT_FIT % {"date": day_in_words(last)})
        found = [
            _offers(windows[_visit(session).physician_id], session, on, rooms) if on != was else []
            for session, was, on in zip(ahead, days, dates, strict=True)
        ]
        full = [
            on
            for offers, was, on in zip(found, days, dates, strict=True)
            if on != was and not offers
        ]
        if not full:
            return [
                Ripple(session, on, tuple(offers[:OPTIONS]))
                for session, on, offers in zip(ahead, dates, found, strict=True)
            ]
        closed.add(full[0])


@again_after_deadlock
@transaction.atomic
def move_sessions(
    *, plan: TreatmentPlan, moves: Sequence[Move], by: StaffMember, now: datetime
) -> TreatmentPlan:
    """Move what was confirmed, all of it or none. The last one goes first, so that the times that
    become free can be taken by the one before.

    Raises CourseChanged, BookingBlocked, TooClose, SlotTaken, NotBookable, StaleVersion.
    """
    visits = {each.pk: each for each in queries.sessions_ahead(plan, local_date(now))}
    lock_resources(
        physicians={_visit(each).physician_id for each in visits.values()},
        rooms={_visit(each).room_id for each in visits.values()} | {each.room.pk for each in moves},
        patients=[plan.patient_id],
    )
    plan = lock_plan(plan.pk)
    sessions = {each.pk: each for each in lock_sessions(plan)}
    marked = {each.pk for each in sessions.values() if each.wait_until is not None}
    if plan.state != PlanState.ACTIVE or not marked:
        raise rules.CourseChanged(terms.NOTHING_TO_MOVE)
    if not marked <= {move.session_id for move in moves}:
        raise rules.CourseChanged(terms.MOVE_ALL)
    if any(_is_settled(sessions.get(move.session_id)) for move in moves):
        raise rules.CourseChanged(terms.COURSE_CHANGED)
    for move in sorted(moves, key=lambda each: each.starts_at, reverse=True):
        _move(sessions[move.session_id], move, by=by, now=now)
    record(
        verb="plan.sessions_moved",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        sessions=sorted(sessions[move.session_id].number for move in moves),
    )
    if not mark_waits(plan, screen_for_booking(plan.patient, by=by, now=now), by=by, now=now):
        finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)
    return plan


def _is_settled(session: PlannedSession | None) -> bool:
    return session is None or session.state != SessionState.BOOKED


def _move(session: PlannedSession, move: Move, *, by: StaffMember, now: datetime) -> None:
    hooks.session_leaves_its_day(session, by, now)
    visit = _visit(session)
    version = move.seen_version
    for step in BACK_TO_EXPECTED.get(visit.state, ()):
        visit = booking.change_state(
            appointment_id=visit.pk, to=step, seen_version=version, by=by, now=now
        )
        version = visit.version
    booking.move_appointment(
        appointment_id=visit.pk,
        starts_at=move.starts_at,
        room=move.room,
        seen_version=version,
        by=by,
        now=now,
    )


def _visit(session: PlannedSession) -> Appointment:
    assert session.appointment is not None  # the table refuses a booked session without one
    return session.appointment


def window_last(
    plan: TreatmentPlan, ahead: Sequence[PlannedSession], earliest: date, now: datetime
) -> date:
    """How far the calendar is looked at: the whole course after the wait, with room for closures."""
    longest = timedelta(days=plan.interval_days * (len(ahead) + 1)) + MARGIN
    latest = max(local_date(_visit(session).starts_at) for session in ahead)
    return min(max(earliest, latest) + longest, local_date(now + HORIZON))


def _windows(
    plan: TreatmentPlan,
    ahead: Sequence[PlannedSession],
    rooms: Sequence[Room],
    *,
    earliest: date,
    now: datetime,
) -> dict[Any, Availability]:
    """What is free for each physician of these sessions, as if their own times were given back."""
    own = {_visit(session).starts_at for session in ahead}
    last = window_last(plan, ahead, earliest, now)
    windows = {}
    for physician in {_visit(session).physician for session in ahead}:
        window = availability(
            physician=physician,
            rooms=rooms,
            patient=plan.patient,
            first=min(earliest, local_date(now)),
            last=last,
            now=now,
        )
        taken = {
            day: [
                each
                for each in busy
                if each.patient_id != plan.patient_id or each.span.starts_at not in own
            ]
            for day, busy in window.taken.items()
        }
        windows[physician.pk] = replace(window, taken=taken)
    return windows


def _offers(
    window: Availability, session: PlannedSession, on: date, rooms: Sequence[Room]
) -> list[Offer]:
    """The free times of that day, the nearest to the session's own clock time and room first."""
    visit = _visit(session)
    preferred = visit.starts_at.astimezone(clinic_zone()).time()
    wished = datetime.combine(on, preferred, clinic_zone())
    ordered = sorted(rooms, key=lambda room: room.pk != visit.room_id)
    offers = window.offers(on, ordered, visit.ends_at - visit.starts_at)
    return sorted(
        offers,
        key=lambda offer: (
            abs(offer.span.starts_at - wished),
            offer.room.pk != visit.room_id,
            offer.span.starts_at,
        ),
    )
