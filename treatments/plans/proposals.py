"""Which dates and times would do for a course: everything the desk sees before it confirms.

A read: one look at the calendar for the whole course, then arithmetic. See docs/rules/plan-dates.md.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from clinic.hours.models import Room
from clinic.hours.queries import local_date
from clinic.hours.queries import rooms as rooms_in_use
from treatments.booking.queries import Offer, availability
from treatments.booking.rules import HORIZON
from treatments.plans import rules, terms
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposer import MARGIN, OPTIONS, ProposedSession, Proposer
from treatments.plans.queries import (
    TO_BOOK,
    blocked_days_of,
    booking_limit,
    dates_of,
    last_session_on,
    length_of_sessions,
    planned_sessions,
    wishes_of,
)

__all__ = [
    "MARGIN", "OPTIONS", "ProposedSession", "earliest_first_day", "fixed_dates", "propose_course",
    "soonest_for", "to_book",
]  # fmt: skip


def earliest_first_day(plan: TreatmentPlan, *, now: datetime) -> date:
    """The day from which the next session to book is wished for."""
    today = local_date(now)
    limit = booking_limit(plan)
    fixed = fixed_dates(plan, planned_sessions(plan))
    after_last = max(fixed) + timedelta(days=plan.interval_days) if fixed else today
    return max(today, limit.earliest_on or today, after_last)


def propose_course(
    plan: TreatmentPlan,
    *,
    first_on: date,
    preferred: time,
    room: Room | None,
    now: datetime,
    how_many: int | None = None,
    picked: Mapping[int, Offer] | None = None,
) -> list[ProposedSession]:
    """Propose a time for every session that has none. Raises BookingBlocked, NoOpenDay.

    The dates are those of `rules.propose_dates`; days without any free time count as closed.
    `how_many`: only so many of them, in a plan of single visits. `picked`: times that were chosen,
    by number of session; they stand while they are free and lawful, and the later ones follow them.
    """
    limit = booking_limit(plan)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    sessions = planned_sessions(plan)
    waiting = to_book(plan, sessions, how_many)
    if not waiting:
        raise rules.CourseChanged(terms.NOTHING_TO_BOOK)
    rooms = rooms_in_use()
    picks = {
        index: picked[session.number]
        for index, session in enumerate(waiting)
        if picked and session.number in picked
    }
    first = max(first_on, local_date(now))
    begin = max([first, *(local_date(each.span.starts_at) for each in picks.values())])
    last = min(
        begin + timedelta(days=plan.interval_days * len(waiting)) + MARGIN,
        local_date(now + HORIZON),
    )
    window = availability(
        physician=plan.physician, rooms=rooms, patient=plan.patient, first=first, last=last, now=now
    )
    length, numbing = length_of_sessions(plan)
    proposer = Proposer(
        plan=plan,
        window=window,
        rooms=[*([room] if room else []), *(each for each in rooms if each != room)],
        any_room=room is None,
        preferred=preferred,
        first_on=first_on,
        last=last,
        limit=limit,
        fixed=fixed_dates(plan, sessions),
        blocked=blocked_days_of(plan, first, last, now=now),
        wishes=wishes_of(plan),
        length=length,
        numbing=numbing,
        picked=picks,
    )
    return list(proposer.proposals(waiting))


def soonest_for(plan: TreatmentPlan, session: PlannedSession, *, now: datetime) -> date:
    """The first day on which a session that has no time can be, far enough behind the one before."""
    before = [on for number, on in dates_of(planned_sessions(plan)) if number < session.number]
    last = last_session_on(plan.patient)
    limit = booking_limit(plan)
    behind = [on + rules.MINIMUM_GAP for on in (*before, *([last] if last else []))]
    tomorrow = local_date(now) + timedelta(days=1)
    return max([tomorrow, limit.earliest_on or tomorrow, *behind])


def to_book(
    plan: TreatmentPlan, sessions: Sequence[PlannedSession], how_many: int | None = None
) -> list[PlannedSession]:
    """The sessions that wait for a time; of a plan of single visits as many as are wanted."""
    waiting = [session for session in sessions if session.state in TO_BOOK]
    return waiting[:how_many] if plan.is_maintenance and how_many else waiting


def fixed_dates(plan: TreatmentPlan, sessions: Sequence[PlannedSession]) -> set[date]:
    """Days of sessions that stand already, in this course or before it."""
    last = last_session_on(plan.patient)
    return {on for _number, on in dates_of(sessions)} | ({last} if last else set())
