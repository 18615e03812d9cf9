"""Giving a course new dates after one of them changed: proposed, seen, confirmed, taken back.

One mechanism for every cause: a wait that ends later than a session, a session that is moved, one
that was missed or lost its date. The dates are those of `rules.reflow`, the times the free ones
nearest to the clock time that a session has. What is confirmed is done as a whole or not at all.
See docs/rules/plan-dates.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.hours.queries import rooms as rooms_in_use
from treatments.booking.models import Appointment
from treatments.booking.queries import Availability, Offer, availability
from treatments.booking.rules import HORIZON
from treatments.booking.terms import day_in_words
from treatments.plans import queries, rules, terms
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposer import MARGIN, OPTIONS
from treatments.plans.terms import SessionState


@dataclass(frozen=True, slots=True)
class Wanted:
    """The session that somebody wants on another day; without `at`, at the clock time it has."""

    session: PlannedSession
    on: date
    at: time | None = None
    room: Room | None = None


@dataclass(frozen=True, slots=True)
class Ripple:
    """One session ahead: where it is, and where it would go. Without options it stays.

    `may_stay`: it follows to keep its distance, and would have 7 days where it is too.
    """

    session: PlannedSession
    on: date
    options: tuple[Offer, ...] = ()
    is_wanted: bool = False
    may_stay: bool = False

    @property
    def stays(self) -> bool:
        return not self.options

    @property
    def is_marked(self) -> bool:
        return self.session.wait_until is not None

    @property
    def is_new(self) -> bool:
        """It has no time now."""
        return self.session.state != SessionState.BOOKED

    @property
    def visit(self) -> Appointment:
        return visit_of(self.session)


def visit_of(session: PlannedSession) -> Appointment:
    assert session.appointment is not None  # the table refuses a booked session without one
    return session.appointment


def propose_reflow(
    plan: TreatmentPlan, *, wanted: Wanted | None = None, now: datetime
) -> list[Ripple]:
    """Every session ahead, in order, with its new times where it has to go.

    Raises TooClose for a day too near to the session before, BookingBlocked before a wait ends,
    NoOpenDay when the calendar has no room, CourseChanged for a session that gets no other time.
    """
    return list(_Reflow.of(plan, wanted, now).ripples())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reflow:
    """What is known before the dates are looked for."""

    plan: TreatmentPlan
    wanted: Wanted | None
    sessions: Sequence[PlannedSession]  # ahead, and the wanted one, in their order
    days: Sequence[date]
    before: date | None  # the day of the last one that is not ahead: done, or waiting to be signed
    earliest: date | None
    last_on: date  # how far the calendar is looked at
    rooms: Sequence[Room]
    windows: Mapping[Any, Availability]
    closed: set[date]
    now: datetime

    @classmethod
    def of(cls, plan: TreatmentPlan, wanted: Wanted | None, now: datetime) -> "_Reflow":
        ahead = queries.sessions_ahead(plan, local_date(now))
        waits = [session.wait_until for session in ahead if session.wait_until is not None]
        earliest = max(waits, default=None)
        if wanted is not None:
            _check_wanted(plan, wanted, ahead)
            if wanted.session not in ahead:
                ahead = sorted([*ahead, wanted.session], key=lambda each: each.number)
        days = [
            wanted.on if wanted and _is_anew(session) else local_date(visit_of(session).starts_at)
            for session in ahead
        ]
        today = local_date(now)
        begin = max([*days, earliest or today, wanted.on if wanted else today], default=today)
        longest = timedelta(days=plan.interval_days * (len(ahead) + 1)) + MARGIN
        last_on = min(begin + longest, local_date(now + HORIZON))
        rooms = rooms_in_use()
        windows = _windows(plan, ahead, rooms, first=today, last=last_on, now=now)
        closed = {day for window in windows.values() for day in window.closed}
        closed |= set(queries.blocked_days_of(plan, today, last_on, now=now))
        return cls(
            plan=plan,
            wanted=wanted,
            sessions=ahead,
            days=days,
            before=_last_behind(plan, ahead),
            earliest=earliest,
            last_on=last_on,
            rooms=rooms,
            windows=windows,
            closed=closed,
            now=now,
        )

    def ripples(self) -> Sequence[Ripple]:
        while True:
            dates = self.dates()
            if dates and dates[-1] > self.last_on:
                words = {"date": day_in_words(self.last_on)}
                raise rules.NoOpenDay(terms.COURSE_DOES_NOT_FIT % words)
            goes = [self.goes(*each) for each in zip(self.sessions, self.days, dates, strict=True)]
            found = [
                self.offers(session, on) if go else []
                for session, on, go in zip(self.sessions, dates, goes, strict=True)
            ]
            full = [
                on for on, go, offers in zip(dates, goes, found, strict=True) if go and not offers
            ]
            if not full:
                return self.shown(dates, found)
            self.closed.add(full[0])

    def dates(self) -> list[date]:
        indexes = [i for i, each in enumerate(self.sessions) if self.is_wanted(each)]
        return rules.reflow(
            self.days,
            earliest=self.earliest,
            interval=timedelta(days=self.plan.interval_days),
            closed=self.closed,
            last=self.before,
            slack=queries.wishes_of(self.plan).slack(),
            moved=dict.fromkeys(indexes, self.wanted.on) if self.wanted else {},
            anew={index for index in indexes if _is_anew(self.sessions[index])},
        )

    def is_wanted(self, session: PlannedSession) -> bool:
        return self.wanted is not None and session == self.wanted.session

    def goes(self, session: PlannedSession, was: date, on: date) -> bool:
        return self.is_wanted(session) or on != was

    def shown(self, dates: Sequence[date], found: Sequence[Sequence[Offer]]) -> list[Ripple]:
        ripples: list[Ripple] = []
        before = self.before
        for session, was, on, offers in zip(self.sessions, self.days, dates, found, strict=True):
            follows = bool(offers) and not self.is_wanted(session) and session.wait_until is None
            ripples.append(
                Ripple(
                    session,
                    on,
                    tuple(offers[:OPTIONS]),
                    is_wanted=self.is_wanted(session),
                    may_stay=follows and (before is None or was - before >= rules.MINIMUM_GAP),
                )
            )
            before = on
        return ripples

    def offers(self, session: PlannedSession, on: date) -> list[Offer]:
        """The free times of that day, the nearest to the session's own clock time and room first."""
        window = self.windows[_physician_of(self.plan, session).pk]
        length, numbing = _length_of(self.plan, session)
        at, room = self.clock_and_room(session)
        wished = datetime.combine(on, at, clinic_zone())
        ordered = sorted(self.rooms, key=lambda each: each.pk != room)
        offers = window.offers(on, ordered, length, numbing)
        return sorted(
            offers,
            key=lambda offer: (
                abs(offer.span.starts_at - wished),
                offer.room.pk != room,
                offer.span.starts_at,
            ),
        )

    def clock_and_room(self, session: PlannedSession) -> tuple[time, Any]:
        visit = session.appointment
        at = visit.starts_at.astimezone(clinic_zone()).time() if visit else None
        room = visit.room_id if visit else self.plan.room_id
        if self.wanted is not None and self.is_wanted(session):
            at = self.wanted.at or at
            room = self.wanted.room.pk if self.wanted.room else room
        return at or queries.usual_clock(self.plan), room


def _check_wanted(plan: TreatmentPlan, wanted: Wanted, ahead: Sequence[PlannedSession]) -> None:
    session = wanted.session
    expected = session in ahead and visit_of(session).is_expected
    if not expected and session.state not in queries.TO_BOOK:
        words = {"number": session.number, "state": SessionState(session.state).label}
        raise rules.CourseChanged(terms.NOT_TO_PLACE % words)
    limit = queries.booking_limit(plan)
    if limit.refusal:
        raise rules.BookingBlocked(limit.refusal)
    if limit.earliest_on and wanted.on < limit.earliest_on:
        raise rules.BookingBlocked(limit.reason)


def _last_behind(plan: TreatmentPlan, ahead: Sequence[PlannedSession]) -> date | None:
    behind = [each for each in queries.planned_sessions(plan) if each not in ahead]
    days = [on for _number, on in queries.dates_of(behind)]
    last = queries.last_session_on(plan.patient)
    return max([*days, *([last] if last else [])], default=None)


def _is_anew(session: PlannedSession) -> bool:
    return session.state != SessionState.BOOKED


def _physician_of(plan: TreatmentPlan, session: PlannedSession) -> Any:
    return plan.physician if _is_anew(session) else visit_of(session).physician


def _length_of(plan: TreatmentPlan, session: PlannedSession) -> tuple[timedelta, timedelta]:
    """A booked session keeps its length and its phases; another one has those of the plan."""
    if _is_anew(session):
        return queries.length_of_sessions(plan)
    visit = visit_of(session)
    return visit.ends_at - visit.physician_from, visit.physician_from - visit.starts_at


def _windows(
    plan: TreatmentPlan,
    ahead: Sequence[PlannedSession],
    rooms: Sequence[Room],
    *,
    first: date,
    last: date,
    now: datetime,
) -> dict[Any, Availability]:
    """What is free for each physician of these sessions, as if their own times were given back."""
    own = {visit_of(session).starts_at for session in ahead if not _is_anew(session)}
    windows = {}
    for physician in {_physician_of(plan, session) for session in ahead}:
        window = availability(
            physician=physician,
            rooms=rooms,
            patient=plan.patient,
            first=first,
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
