"""Booking a course: as a whole or not at all, and once for each request."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from clinic.audit.actions import record
from clinic.hours.queries import local_date
from clinic.staff.models import StaffMember
from treatments.booking import actions as booking
from treatments.booking.actions import Visit
from treatments.booking.locks import again_after_deadlock
from treatments.booking.models import Appointment, BookingRequest
from treatments.booking.queries import Offer
from treatments.booking.repeats import claim_request, is_known
from treatments.booking.rules import NotBookable, SlotTaken
from treatments.booking.terms import EXPECTED, AppointmentKind, AppointmentState, Resource
from treatments.booking.visits import check_allowed, refuse_early
from treatments.plans import hooks, queries, rules, terms
from treatments.plans.changing import (
    change_plan,
    lock_plan,
    lock_sessions,
)
from treatments.plans.marking import mark_waits, screen_for_booking
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposals import fixed_dates, to_book
from treatments.plans.terms import PlanState, SessionState

P, S = PlanState, SessionState

_SEAT = """
UPDATE treatments_plannedsession session
SET appointment_id = seat.appointment_id, state = %s, wait_until = NULL
FROM unnest(%s::uuid[], %s::uuid[]) AS seat (session_id, appointment_id)
WHERE session.id = seat.session_id
"""


def visits_for(plan: TreatmentPlan, offers: Sequence[Offer]) -> list[Visit]:
    """The wishes that `book_course` takes, from the options that were picked."""
    return [
        Visit(
            patient=plan.patient,
            physician=plan.physician,
            room=offer.room,
            kind=AppointmentKind.SESSION,
            starts_at=offer.span.starts_at,
            physician_from=offer.physician_from,
            ends_at=offer.span.ends_at,
        )
        for offer in offers
    ]


def book_course(
    *,
    plan: TreatmentPlan,
    visits: Sequence[Visit],
    request_key: UUID,
    by: StaffMember,
    now: datetime,
) -> list[Appointment]:
    """Book every session that has no time yet, or none. The same key again gives the same answer.

    Of a plan of single visits the next ones, as many as `visits`. Raises SlotTaken, NotBookable,
    TooClose, BookingBlocked, CourseChanged, IdempotencyMismatch.
    """
    visits = sorted(visits, key=lambda visit: visit.starts_at)
    _refuse_early(visits, request_key, by=by, now=now)
    return _book_sessions(plan, visits, request_key, by=by, now=now)


def _refuse_early(
    visits: Sequence[Visit], request_key: UUID, *, by: StaffMember, now: datetime
) -> None:
    """Turn away whose times somebody else has, before anybody waits for it and is screened.

    Only that: whatever concerns this patient is said behind the locks, where the reason is known.
    """
    if not visits:
        return
    try:
        refuse_early(visits, by=by, now=now)
    except SlotTaken as taken:
        if taken.resource != Resource.PATIENT and not is_known(request_key):
            raise
    except NotBookable:
        return


@again_after_deadlock
@transaction.atomic
def _book_sessions(
    plan: TreatmentPlan,
    visits: Sequence[Visit],
    request_key: UUID,
    *,
    by: StaffMember,
    now: datetime,
) -> list[Appointment]:
    request, is_new = claim_request(request_key, _content(plan, visits), by=by, now=now)
    if not is_new:
        return _booked_before(request, plan)
    booking.lock_visits(visits)
    plan = lock_plan(plan.pk)
    sessions = lock_sessions(plan)
    waiting = to_book(plan, sessions, len(visits))
    screening = screen_for_booking(plan.patient, plan=plan, by=by, now=now)
    limit = queries.booking_limit(plan, screening)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    if not waiting or len(waiting) != len(visits):
        raise rules.CourseChanged(terms.COURSE_CHANGED if waiting else terms.NOTHING_TO_BOOK)
    _check_dates(plan, sessions, visits, limit)
    check_allowed(visits, now=now)
    booked = booking.place(visits, by=by, now=now)
    has_marks = any(session.wait_until is not None for session in sessions)
    _seat(sessions, waiting, booked)
    if plan.state != P.ACTIVE:
        change_plan(plan, P.ACTIVE)
    record(
        verb="plan.booked",
        subject=plan,
        by=by,
        now=now,
        patient_id=plan.patient_id,
        appointments=[
            {
                "id": str(each.pk),
                "starts_at": each.starts_at.isoformat(),
                "ends_at": each.ends_at.isoformat(),
                "room": str(each.room_id),
            }
            for each in booked
        ],
    )
    if has_marks:  # The times were dealt out anew: what stood before the wait stands there still.
        mark_waits(plan, screening, by=by, now=now)
    hooks.course_changed(plan, by, now)
    return booked


def _check_dates(
    plan: TreatmentPlan,
    sessions: Sequence[PlannedSession],
    visits: Sequence[Visit],
    limit: queries.BookingLimit,
) -> None:
    """Refuse days that a wait of the patient or the other sessions do not allow."""
    if any(visit.patient != plan.patient for visit in visits):
        raise ValueError("the visits are another patient's")
    dates = [local_date(visit.starts_at) for visit in visits]
    if limit.earliest_on and min(dates) < limit.earliest_on:
        raise rules.BookingBlocked(limit.reason)
    rules.check_gaps([*dates, *fixed_dates(plan, sessions)])


def _seat(
    sessions: Sequence[PlannedSession],
    waiting: Sequence[PlannedSession],
    booked: Sequence[Appointment],
) -> None:
    """Give the open sessions the old and new times in order, so that numbers follow the calendar."""
    expected = {
        session: session.appointment
        for session in sessions
        if session.state == S.BOOKED
        and session.appointment is not None
        and AppointmentState(session.appointment.state) in EXPECTED
    }
    standing = list(expected.values())
    movable = sorted([*waiting, *expected], key=lambda session: session.number)
    if standing:
        # A time has one session at any moment: all let go first, then all sit down.
        PlannedSession.objects.filter(appointment__in=standing).update(
            state=S.PLANNED, appointment=None, wait_until=None
        )
    times = sorted([*standing, *booked], key=lambda each: each.starts_at)
    for session, appointment in zip(movable, times, strict=True):
        session.appointment, session.state, session.wait_until = appointment, S.BOOKED, None
    with connection.cursor() as cursor:
        cursor.execute(
            _SEAT,
            [S.BOOKED, [str(each.pk) for each in movable], [str(each.pk) for each in times]],
        )


def _content(plan: TreatmentPlan, visits: Sequence[Visit]) -> list[Any]:
    """What tells this request from another one with the same key."""
    return [
        str(plan.pk),
        [
            [each.starts_at.timestamp(), each.ends_at.timestamp(), str(each.room.pk)]
            for each in visits
        ],
    ]


def _booked_before(request: BookingRequest, plan: TreatmentPlan) -> list[Appointment]:
    return list(
        Appointment.objects.filter(
            patient=plan.patient_id, booked_by=request.by_id, booked_at=request.at
        ).order_by("starts_at")
    )
