"""Which dates and times would do for a course: everything the desk sees before it confirms.

A read: one look at the calendar for the whole course, then arithmetic. See docs/rules/plan-dates.md.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, days_between, local_date
from clinic.hours.queries import rooms as rooms_in_use
from treatments.booking.queries import Availability, Offer, availability
from treatments.booking.rules import HORIZON, Span, clock_in_words
from treatments.booking.terms import Resource, day_in_words
from treatments.plans import rules, terms
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import (
    TO_BOOK,
    BookingLimit,
    booking_limit,
    dates_of,
    last_session_on,
    planned_sessions,
)

# Room for days that are closed or full, before a course is said not to fit into the calendar.
MARGIN = timedelta(days=60)
OPTIONS = 3  # the proposed time and two others


@dataclass(frozen=True, slots=True)
class ProposedSession:
    """One session with its proposed time first, then two other lawful ones.

    `conflicts` says why it is not simply the wished day and time; without any, nothing stood in the
    way. Whichever options are picked for the sessions of one course, they stay 7 days apart.
    """

    number: int
    session_id: UUID
    options: tuple[Offer, ...]
    conflicts: tuple[str, ...]

    @property
    def chosen(self) -> Offer:
        return self.options[0]

    @property
    def alternatives(self) -> tuple[Offer, ...]:
        return self.options[1:]

    @property
    def on(self) -> date:
        return local_date(self.chosen.span.starts_at)


def earliest_first_day(plan: TreatmentPlan, *, now: datetime) -> date:
    """The day from which the next session to book is wished for."""
    today = local_date(now)
    limit = booking_limit(plan)
    fixed = _fixed_dates(plan, planned_sessions(plan))
    after_last = max(fixed) + timedelta(days=plan.interval_days) if fixed else today
    return max(today, limit.earliest_on or today, after_last)


def propose_course(
    plan: TreatmentPlan, *, first_on: date, preferred: time, room: Room | None, now: datetime
) -> list[ProposedSession]:
    """Propose a time for every session that has none. Raises BookingBlocked, NoOpenDay.

    The dates are those of `rules.propose_dates`; days without any free time count as closed.
    """
    limit = booking_limit(plan)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    sessions = planned_sessions(plan)
    waiting = [session for session in sessions if session.state in TO_BOOK]
    if not waiting:
        raise rules.CourseChanged(terms.NOTHING_TO_BOOK)
    rooms = rooms_in_use()
    first = max(first_on, local_date(now))
    last = min(
        first + timedelta(days=plan.interval_days * len(waiting)) + MARGIN,
        local_date(now + HORIZON),
    )
    window = availability(
        physician=plan.physician, rooms=rooms, patient=plan.patient, first=first, last=last, now=now
    )
    proposer = _Proposer(
        plan=plan,
        window=window,
        rooms=[*([room] if room else []), *(each for each in rooms if each != room)],
        any_room=room is None,
        preferred=preferred,
        first_on=first_on,
        last=last,
        limit=limit,
        fixed=_fixed_dates(plan, sessions),
    )
    return list(proposer.proposals(waiting))


def _fixed_dates(plan: TreatmentPlan, sessions: Sequence[PlannedSession]) -> set[date]:
    """Days of sessions that stand already, in this course or before it."""
    last = last_session_on(plan.patient)
    return {on for _number, on in dates_of(sessions)} | ({last} if last else set())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proposer:
    plan: TreatmentPlan
    window: Availability
    rooms: Sequence[Room]  # the wished one first
    any_room: bool
    preferred: time
    first_on: date
    last: date
    limit: BookingLimit
    fixed: set[date]

    @property
    def length(self) -> timedelta:
        return timedelta(minutes=self.plan.session_minutes)

    def proposals(self, waiting: Sequence[PlannedSession]) -> Iterator[ProposedSession]:
        closed = self.unlawful_days()
        dates = self.dates(len(waiting), closed)
        wished = self.first_on
        for session, on in zip(waiting, dates, strict=True):
            offers = self.offers(on, closed)
            yield ProposedSession(
                number=session.number,
                session_id=session.pk,
                options=tuple(offers[:OPTIONS]),
                conflicts=(*self.why_another_day(wished, on), *self.why_another_time(offers[0])),
            )
            wished = on + timedelta(days=self.plan.interval_days)

    def unlawful_days(self) -> set[date]:
        """Closed days, and days too near to a session that stands."""
        near = {
            day
            for fixed in self.fixed
            for day in days_between(
                fixed - rules.MINIMUM_GAP + timedelta(days=1),
                fixed + rules.MINIMUM_GAP - timedelta(days=1),
            )
        }
        return set(self.window.closed) | near

    def dates(self, count: int, closed: set[date]) -> list[date]:
        """The dates of the course; `closed` comes to hold the full days that were met."""
        while True:
            dates = rules.propose_dates(
                first=self.first_on,
                sessions=count,
                interval=timedelta(days=self.plan.interval_days),
                closed=closed,
                earliest=max(local_date(self.window.now), self.limit.earliest_on or self.first_on),
            )
            if dates[-1] > self.last:
                raise rules.NoOpenDay(terms.COURSE_DOES_NOT_FIT % {"date": day_in_words(self.last)})
            full = [on for on in dates if not self.window.offers(on, self.rooms, self.length)]
            if not full:
                return dates
            closed.add(full[0])

    def wished_span(self, on: date) -> Span:
        starts_at = datetime.combine(on, self.preferred, clinic_zone())
        return Span(starts_at, starts_at + self.length)

    def offers(self, on: date, closed: set[date]) -> list[Offer]:
        """The times of one session, the nearest to the wish first; the third is on another day
        when the interval leaves play for it.
        """
        same_day = self.nearest_first(on)
        other_day = next(self.wished_time_on_other_days(on, closed), None)
        if other_day is None:
            return same_day
        return [*same_day[: OPTIONS - 1], other_day, *same_day[OPTIONS - 1 :]]

    def nearest_first(self, on: date) -> list[Offer]:
        wished = self.wished_span(on)

        def distance(offer: Offer) -> tuple[timedelta, bool, datetime]:
            return (
                abs(offer.span.starts_at - wished.starts_at),
                offer.room != self.rooms[0],
                offer.span.starts_at,
            )

        return sorted(self.window.offers(on, self.rooms, self.length), key=distance)

    def wished_time_on_other_days(self, on: date, closed: set[date]) -> Iterator[Offer]:
        earliest = max(self.first_on, self.limit.earliest_on or self.first_on)
        for days in range(1, rules.play(self.plan.interval_days).days + 1):
            for day in (on + timedelta(days=days), on - timedelta(days=days)):
                if earliest <= day <= self.last and day not in closed:
                    wished = self.wished_span(day)
                    for offer in self.window.offers(day, self.rooms, self.length):
                        if offer.span == wished:
                            yield offer

    def why_another_day(self, wished: date, on: date) -> Iterator[str]:
        if wished == on:
            return
        words = {"date": day_in_words(wished)}
        if self.limit.earliest_on and wished < self.limit.earliest_on:
            yield self.limit.reason
        elif wished in self.window.closed:
            why = self.window.closed[wished]
            yield (terms.DAY_CLOSED_FOR if why else terms.DAY_CLOSED) % (words | {"why": why})
        elif near := [day for day in self.fixed if abs(day - wished) < rules.MINIMUM_GAP]:
            yield terms.TOO_NEAR % {
                "days": rules.MINIMUM_GAP.days,
                "date": day_in_words(near[0]),
            }
        else:
            yield terms.DAY_FULL % words

    def why_another_time(self, chosen: Offer) -> Iterator[str]:
        wished = self.wished_span(local_date(chosen.span.starts_at))
        if chosen.span == wished and (self.any_room or chosen.room == self.rooms[0]):
            return
        time_in_words = clock_in_words(wished.starts_at, clinic_zone())
        if not self.window.is_open(wished):
            yield terms.TIME_NOT_OPEN % {"time": time_in_words}
        elif wished.starts_at < self.window.now:
            yield terms.TIME_IS_PAST % {"time": time_in_words}
        elif in_the_way := self.window.in_the_way(wished, self.rooms[0]):
            resource, _taken = in_the_way
            words = {
                Resource.PHYSICIAN: terms.PHYSICIAN_BUSY,
                Resource.ROOM: terms.ROOM_BUSY,
                Resource.PATIENT: terms.PATIENT_BUSY,
            }[resource]
            who = self.rooms[0].name if resource == Resource.ROOM else self.plan.physician
            yield words % {"who": who, "time": time_in_words}
