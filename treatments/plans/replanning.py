"""Doing what was confirmed of a course's new dates, all of it or none, and taking it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.hours.models import Room
from clinic.hours.queries import local_date
from clinic.staff.models import StaffMember
from patients.worklist.actions import finish_task
from patients.worklist.terms import TaskKind
from treatments.booking import actions as booking
from treatments.booking.locks import again_after_deadlock
from treatments.booking.models import Appointment
from treatments.booking.queries import Offer
from treatments.booking.rules import Span
from treatments.booking.terms import EXPECTED, AppointmentState
from treatments.booking.visits import check_allowed
from treatments.plans import hooks, queries, rules, terms
from treatments.plans.booking_courses import visits_for
from treatments.plans.changing import change_plan, lock_course, lock_plan, lock_sessions
from treatments.plans.marking import mark_waits, screen_for_booking
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposals import fixed_dates
from treatments.plans.queries import TO_BOOK
from treatments.plans.reflow import visit_of
from treatments.plans.terms import PlanState, SessionState

P, S = PlanState, SessionState

BACK_TO_EXPECTED: Mapping[str, Sequence[AppointmentState]] = {
    AppointmentState.IN_ROOM: (AppointmentState.ARRIVED, AppointmentState.BOOKED),
    AppointmentState.ARRIVED: (AppointmentState.BOOKED,),
}


@dataclass(frozen=True, slots=True)
class Move:
    """What was confirmed for one session. `seen_version`: of its appointment, as it was shown; 0 for
    a session that had none."""

    session_id: UUID
    seen_version: int
    starts_at: datetime
    room: Room


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a visit was before it was moved, and the version it has since: enough to take it back.

    Without `was_at` the visit is new.
    """

    appointment_id: UUID
    version: int
    was_at: datetime | None
    was_room: UUID | None = None
    was_physician: UUID | None = None


@again_after_deadlock
@transaction.atomic
def replan(
    *, plan: TreatmentPlan, moves: Sequence[Move], by: StaffMember, now: datetime
) -> list[Moved]:
    """Move what was confirmed, and book what had no time: all of it or none.

    Those that go to a later day go last one first, so that the times that become free can be taken by
    the one before. Raises CourseChanged, BookingBlocked, TooClose, WrongPlan, SlotTaken, NotBookable,
    StaleVersion.
    """
    lock_course(plan, rooms={move.room.pk for move in moves})
    plan = lock_plan(plan.pk)
    sessions = {each.pk: each for each in lock_sessions(plan)}
    _check_moves(plan, sessions, moves)
    moving = [move for move in moves if sessions[move.session_id].state == S.BOOKED]
    placing = [move for move in moves if sessions[move.session_id].state != S.BOOKED]
    moved = [
        _move(sessions[move.session_id], move, by=by, now=now)
        for move in _in_an_order_that_keeps_order(moving, sessions)
    ]
    screening = screen_for_booking(plan.patient, by=by, now=now)
    if placing:
        limit = queries.booking_limit(plan, screening)
        moved += [_place(plan, sessions, move, limit, by=by, now=now) for move in placing]
        if plan.state == P.PROPOSED:
            change_plan(plan, P.ACTIVE)
    _check_course(plan)
    record(
        verb="plan.sessions_moved",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        sessions=sorted(sessions[move.session_id].number for move in moves),
    )
    if not mark_waits(plan, screening, by=by, now=now):
        finish_task(patient=plan.patient, kind=TaskKind.MOVE_SESSIONS, by=by, now=now)
    if placing:
        hooks.course_changed(plan, by, now)
    return moved


@again_after_deadlock
@transaction.atomic
def undo_moves(
    *, plan: TreatmentPlan, moved: Sequence[Moved], by: StaffMember, now: datetime
) -> TreatmentPlan:
    """Put back what was moved, when nothing of it changed since: all of it or none.

    What `replan` booked anew is cancelled, and its session waits for a time again. Raises
    CourseChanged, and whatever stands against the old times by now.
    """
    if not moved:
        raise rules.CourseChanged(terms.NOTHING_TO_TAKE_BACK)
    lock_course(plan, rooms={each.was_room for each in moved if each.was_room})
    plan = lock_plan(plan.pk)
    visits = {
        each.pk: each
        for each in Appointment.objects.filter(
            planned_session__plan=plan, pk__in=[each.appointment_id for each in moved]
        )
    }
    for each in moved:
        visit = visits.get(each.appointment_id)
        if visit is None or visit.version != each.version or visit.state not in EXPECTED:
            raise rules.CourseChanged(terms.CANNOT_BE_TAKEN_BACK)
    for each in (each for each in moved if each.was_at is None):
        booking.cancel_appointment(
            appointment_id=each.appointment_id, seen_version=each.version, by=by, now=now
        )
    back = [(each, each.was_at) for each in moved if each.was_at is not None]
    forward = [pair for pair in back if pair[1] > visits[pair[0].appointment_id].starts_at]
    backward = [pair for pair in back if pair not in forward]
    for each, was_at in (
        *sorted(backward, key=lambda pair: pair[1]),
        *sorted(forward, key=lambda pair: pair[1], reverse=True),
    ):
        booking.move_appointment(
            appointment_id=each.appointment_id,
            starts_at=was_at,
            physician=queries.physician_of(each.was_physician),
            room=queries.room_of(each.was_room),
            seen_version=each.version,
            by=by,
            now=now,
        )
    _check_course(plan)
    record(
        verb="plan.moves_undone",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        appointments=[str(each.appointment_id) for each in moved],
    )
    return plan


def _check_moves(
    plan: TreatmentPlan, sessions: Mapping[UUID, PlannedSession], moves: Sequence[Move]
) -> None:
    marked = {each.pk for each in sessions.values() if each.wait_until is not None}
    if plan.state not in (P.ACTIVE, P.PROPOSED) or not moves:
        raise rules.CourseChanged(terms.NOTHING_TO_MOVE)
    anew = any(
        sessions[move.session_id].state != S.BOOKED for move in moves if move.session_id in sessions
    )
    if anew and plan.state == P.PROPOSED and not plan.is_maintenance:
        raise rules.CourseChanged(terms.ONLY_COURSES_ARE_BOOKED_WHOLE)
    if not marked <= {move.session_id for move in moves}:
        raise rules.CourseChanged(terms.MOVE_ALL)
    for move in moves:
        session = sessions.get(move.session_id)
        had_a_time = move.seen_version > 0
        if session is None or session.state not in ((S.BOOKED,) if had_a_time else TO_BOOK):
            raise rules.CourseChanged(terms.COURSE_CHANGED)


def _in_an_order_that_keeps_order(
    moves: Sequence[Move], sessions: Mapping[UUID, PlannedSession]
) -> list[Move]:
    """Who goes to an earlier time first, the first one first; then the others, the last one first."""
    earlier = [
        move for move in moves if move.starts_at < visit_of(sessions[move.session_id]).starts_at
    ]
    later = [move for move in moves if move not in earlier]
    return [
        *sorted(earlier, key=lambda move: move.starts_at),
        *sorted(later, key=lambda move: move.starts_at, reverse=True),
    ]


def _move(session: PlannedSession, move: Move, *, by: StaffMember, now: datetime) -> Moved:
    visit = visit_of(session)
    hooks.session_leaves_its_day(session, by, now)
    version = move.seen_version
    was = Moved(visit.pk, 0, visit.starts_at, visit.room_id, visit.physician_id)
    steps = BACK_TO_EXPECTED.get(visit.state, ()) if session.wait_until is not None else ()
    for step in steps:
        visit = booking.change_state(
            appointment_id=visit.pk, to=step, seen_version=version, by=by, now=now
        )
        version = visit.version
    visit = booking.move_appointment(
        appointment_id=visit.pk,
        starts_at=move.starts_at,
        room=move.room,
        seen_version=version,
        by=by,
        now=now,
    )
    return Moved(was.appointment_id, visit.version, was.was_at, was.was_room, was.was_physician)


def _place(
    plan: TreatmentPlan,
    sessions: Mapping[UUID, PlannedSession],
    move: Move,
    limit: queries.BookingLimit,
    *,
    by: StaffMember,
    now: datetime,
) -> Moved:
    """Book a session that was missed, or lost its date, at the place that its number has."""
    on = local_date(move.starts_at)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    if limit.earliest_on and on < limit.earliest_on:
        raise rules.BookingBlocked(limit.reason)
    length, numbing = queries.length_of_sessions(plan)
    span = Span(move.starts_at, move.starts_at + numbing + length)
    visits = visits_for(plan, [Offer(span, move.room, numbing)])
    check_allowed(visits, now=now)
    (visit,) = booking.place(visits, by=by, now=now)
    booking.record_booking(visit, by=by, now=now)
    session = sessions[move.session_id]
    rules.check_transition(S(session.state), S.BOOKED)
    session.appointment, session.state, session.wait_until = visit, S.BOOKED, None
    session.save(update_fields=["appointment", "state", "wait_until"])
    return Moved(visit.pk, visit.version, None)


def _check_course(plan: TreatmentPlan) -> None:
    """Read again what stands now: order and 7 days. What is done keeps its number wherever it is."""
    sessions = queries.planned_sessions(plan)
    rules.check_order(queries.dates_of(each for each in sessions if each.state == S.BOOKED))
    rules.check_gaps(fixed_dates(plan, sessions))
