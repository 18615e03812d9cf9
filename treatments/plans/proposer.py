"""One time for each session of a course out of one look at the calendar, and why it is another one
than was wished for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from uuid import UUID

from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, days_between, local_date
from treatments.booking.queries import Availability, Offer
from treatments.booking.rules import Span, clock_in_words
from treatments.booking.terms import Resource, day_in_words
from treatments.plans import rules, terms
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.queries import BookingLimit

# Room for days that are closed or full, before a course is said not to fit into the calendar.
MARGIN = timedelta(days=60)
OPTIONS = 3  # the proposed time and two others
FURTHER_DAYS = 28  # how far behind its day another time of a session is looked for


@dataclass(frozen=True, slots=True)
class ProposedSession:
    """One session with its proposed time first, then two other lawful ones.

    `conflicts` says why it is not simply the wished day and time; without any, nothing stood in the
    way. Whichever options are picked for the sessions of one course, they stay 7 days apart, except
    after an option on a day later than `stands_until`: then the later sessions follow. `was`: the
    time that was picked before and cannot be had any more.
    """

    number: int
    session_id: UUID
    options: tuple[Offer, ...]
    conflicts: tuple[str, ...]
    stands_until: date
    was: Offer | None = None

    @property
    def chosen(self) -> Offer:
        return self.options[0]

    @property
    def alternatives(self) -> tuple[Offer, ...]:
        return self.options[1:]

    @property
    def on(self) -> date:
        return local_date(self.chosen.span.starts_at)

    def moves_others(self, offer: Offer) -> bool:
        return local_date(offer.span.starts_at) > self.stands_until


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposer:
    plan: TreatmentPlan
    window: Availability
    rooms: Sequence[Room]  # the wished one first
    any_room: bool
    preferred: time
    first_on: date
    last: date
    limit: BookingLimit
    fixed: set[date]
    blocked: Mapping[date, str]  # days near another method, and why
    wishes: rules.Wishes
    length: timedelta
    numbing: timedelta
    picked: Mapping[int, Offer]
    found: dict[date, list[Offer]] = field(default_factory=dict)

    @property
    def interval(self) -> timedelta:
        return timedelta(days=self.plan.interval_days)

    @property
    def earliest(self) -> date:
        today = local_date(self.window.now)
        return max(today, self.first_on, self.limit.earliest_on or today)

    def proposals(self, waiting: Sequence[PlannedSession]) -> Iterator[ProposedSession]:
        closed = self.unlawful_days()
        dates = self.dates(len(waiting), closed)
        for index, (session, on) in enumerate(zip(waiting, dates, strict=True)):
            before = dates[index - 1] if index else None
            wished = self.wished_span(index, on)
            offers = self.offers(index, on, before, closed)
            pick = self.picked.get(index)
            lost = pick if pick is not None and pick.span != offers[0].span else None
            yield ProposedSession(
                number=session.number,
                session_id=session.pk,
                options=tuple(offers[:OPTIONS]),
                conflicts=tuple(self.why(index, before, wished, offers[0], lost)),
                stands_until=on + rules.play(self.plan.interval_days),
                was=lost,
            )

    def unlawful_days(self) -> set[date]:
        """Closed days, days near another method, and days too near to a session that stands."""
        less = rules.MINIMUM_GAP - timedelta(days=1)
        near = {day for fixed in self.fixed for day in days_between(fixed - less, fixed + less)}
        return set(self.window.closed) | near | set(self.blocked)

    def dates(self, count: int, closed: set[date]) -> list[date]:
        """The dates of the course; `closed` comes to hold the full days that were met."""
        picked = {index: local_date(each.span.starts_at) for index, each in self.picked.items()}
        while True:
            dates = rules.propose_dates(
                first=self.first_on,
                sessions=count,
                interval=self.interval,
                closed=closed,
                earliest=self.earliest,
                wishes=self.wishes,
                picked=picked,
            )
            if dates[-1] > self.last:
                raise rules.NoOpenDay(terms.COURSE_DOES_NOT_FIT % {"date": day_in_words(self.last)})
            full = [on for on in dates if not self.free_on(on)]
            if not full:
                return dates
            closed.add(full[0])

    def free_on(self, on: date) -> list[Offer]:
        if on not in self.found:
            self.found[on] = self.window.offers(on, self.rooms, self.length, self.numbing)
        return self.found[on]

    def wished_span(self, index: int, on: date) -> Span:
        """The time of day that was picked for this session, or is wished for all of them."""
        zone = clinic_zone()
        pick = self.picked.get(index)
        clock = pick.span.starts_at.astimezone(zone).time() if pick else self.preferred
        starts_at = datetime.combine(on, clock, zone)
        return Span(starts_at, starts_at + self.numbing + self.length)

    def offers(self, index: int, on: date, before: date | None, closed: set[date]) -> list[Offer]:
        """The times of one session, the nearest to the wish first; the third is on another day when
        the interval leaves play for it, and on a later one when its own day has no more.
        """
        same_day = self.nearest_first(index, on)
        other_day = next(self.wished_time_on_other_days(index, on, before, closed), None)
        if other_day is not None:
            same_day.insert(OPTIONS - 1, other_day)
        if len(same_day) < OPTIONS:
            same_day += self.later_days(index, on, closed, OPTIONS - len(same_day))
        return same_day

    def nearest_first(self, index: int, on: date) -> list[Offer]:
        wished = self.wished_span(index, on)
        pick = self.picked.get(index)
        room = pick.room if pick else self.rooms[0]

        def distance(offer: Offer) -> tuple[bool, timedelta, bool, datetime]:
            return (
                not self.suits_hours(offer.span.starts_at),
                abs(offer.span.starts_at - wished.starts_at),
                offer.room != room,
                offer.span.starts_at,
            )

        free = sorted(self.free_on(on), key=distance)
        if pick is None or local_date(pick.span.starts_at) != on:
            return free
        # What was picked stands first, in its own room, while it is free.
        own = self.window.offers(on, [pick.room], self.length, self.numbing)
        stands = [each for each in own if each.span == pick.span]
        return stands + [each for each in free if not stands or each.span != pick.span]

    def suits_hours(self, starts_at: datetime) -> bool:
        clock = starts_at.astimezone(clinic_zone()).time()
        begin, end = self.plan.preferred_from, self.plan.preferred_until
        return (begin is None or begin <= clock) and (end is None or clock < end)

    def wished_time_on_other_days(
        self, index: int, on: date, before: date | None, closed: set[date]
    ) -> Iterator[Offer]:
        earliest = self.not_before(before)
        for days in range(1, rules.play(self.plan.interval_days).days + 1):
            for day in (on + timedelta(days=days), on - timedelta(days=days)):
                if earliest <= day <= self.last and day not in closed:
                    wished = self.wished_span(index, day)
                    for offer in self.free_on(day):
                        if offer.span == wished:
                            yield offer

    def later_days(self, index: int, on: date, closed: set[date], count: int) -> list[Offer]:
        """The first times on the days behind, for a day that has no other time."""
        found: list[Offer] = []
        for days in range(1, FURTHER_DAYS + 1):
            day = on + timedelta(days=days)
            if len(found) < count and day <= self.last and day not in closed:
                found += self.nearest_first(index, day)[:1]
        return found

    def not_before(self, before: date | None) -> date:
        if before is None:
            return self.earliest
        return max(self.earliest, before + self.wishes.shortest(self.interval))

    def why(
        self, index: int, before: date | None, wished: Span, chosen: Offer, lost: Offer | None
    ) -> Iterator[str]:
        """Why the session is not on the day and at the time that was wished for."""
        on = local_date(chosen.span.starts_at)
        if lost is not None:
            yield from self.why_lost(lost, before)
            return
        if index in self.picked:
            return
        wanted = before + self.interval if before else self.first_on
        day = wanted
        if before is not None or wanted >= self.earliest:
            of = rules.wishes_of_index(self.wishes, index)
            day = rules.best_day(wanted, self.not_before(before), frozenset(), of)
        if day != on:
            yield self.why_not_on(day, before)
        yield from self.why_another_time(chosen, wished)

    def why_lost(self, lost: Offer, before: date | None) -> Iterator[str]:
        day = local_date(lost.span.starts_at)
        words = {
            "date": day_in_words(day),
            "time": clock_in_words(lost.span.starts_at, clinic_zone()),
        }
        in_the_way = self.window.in_the_way(lost.span, lost.room, self.numbing)
        yield (terms.TAKEN_MEANWHILE if in_the_way else terms.NOT_LAWFUL_ANY_MORE) % words
        if before is not None and day - before < rules.MINIMUM_GAP:
            yield self.too_near(before)
        elif not in_the_way or not self.free_on(day):
            yield self.why_not_on(day, before)

    def why_not_on(self, day: date, before: date | None) -> str:
        """The one reason that counts most: medical first, then the calendar, then who is there."""
        words = {"date": day_in_words(day), "who": self.plan.physician.display_name}
        near = [each for each in self.fixed if abs(each - day) < rules.MINIMUM_GAP]
        if self.limit.earliest_on and day < self.limit.earliest_on:
            return self.limit.reason
        if day in self.blocked:
            return self.blocked[day]
        if near or (before is not None and day - before < rules.MINIMUM_GAP):
            return self.too_near(near[0] if near else before or day)
        if day in self.window.closed:
            why = self.window.closed[day]
            return (terms.DAY_CLOSED_FOR if why else terms.DAY_CLOSED) % (words | {"why": why})
        if self.window.away_all_day(day):
            return terms.PHYSICIAN_AWAY % words
        if self.window.is_day_off(day):
            return terms.PHYSICIAN_OFF % words
        if self.window.free(day, Room(), self.length, self.numbing):  # in a room that nobody uses
            return terms.ROOMS_FULL % words
        return terms.DAY_FULL % words

    def too_near(self, standing: date) -> str:
        words = {"days": rules.MINIMUM_GAP.days, "date": day_in_words(standing)}
        return terms.TOO_NEAR % words

    def why_another_time(self, chosen: Offer, wished: Span) -> Iterator[str]:
        if chosen.span == wished and (self.any_room or chosen.room == self.rooms[0]):
            return
        room = self.rooms[0]
        time_in_words = clock_in_words(wished.starts_at, clinic_zone())
        of = {Resource.ROOM: room.name}
        if not self.window.is_open(wished):
            yield terms.TIME_NOT_OPEN % {"time": time_in_words}
        elif wished.starts_at < self.window.now:
            yield terms.TIME_IS_PAST % {"time": time_in_words}
        elif in_the_way := self.window.in_the_way(wished, room, self.numbing):
            words = {
                Resource.PHYSICIAN: terms.PHYSICIAN_BUSY,
                Resource.ROOM: terms.ROOM_BUSY,
                Resource.PATIENT: terms.PATIENT_BUSY,
            }[in_the_way[0]]
            who = of.get(in_the_way[0], self.plan.physician)
            yield words % {"who": who, "time": time_in_words}
        elif away := self.window.away_then(wished, room, self.numbing):
            words = terms.ROOM_KEPT_FREE if away[0] in of else terms.PHYSICIAN_AWAY_THEN
            who = of.get(away[0], self.plan.physician)
            yield words % {"who": who, "time": time_in_words}
        elif not self.window.works(wished, self.numbing):
            yield terms.PHYSICIAN_AWAY_THEN % {"who": self.plan.physician, "time": time_in_words}
