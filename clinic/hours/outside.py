"""The visits that stand where nobody would be booked any more, whatever was changed since."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from clinic.hours import hooks, rules, terms
from clinic.hours.hooks import Standing
from clinic.hours.queries import Away, OpenCalendar, local_date, open_calendar

# Nobody is booked further ahead than a year (docs/rules/booking.md).
AHEAD = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class ToMove:
    """A visit that somebody must move, and why it cannot stay."""

    visit: Standing
    why: str


def visits_to_move(now: datetime) -> list[ToMove]:
    """What is ahead and lies outside of the clinic's hours or of the hours of whoever is needed, in
    time order. Five statements, however many visits and changes.
    """
    [ahead] = hooks.standing_in([hooks.Closure(starts_at=now, ends_at=now + AHEAD)])
    visits = [each for each in ahead if each.starts_at >= now]
    if not visits:
        return []
    calendar = open_calendar(
        local_date(visits[0].starts_at),
        local_date(visits[-1].starts_at),
        members={of for each in visits for of, _from in _people(each)},
        rooms={each.room_id for each in visits},
        devices={each.device_id for each in visits if each.device_id is not None},
    )
    away = _by_resource(calendar.away)
    found = ((each, next(_reasons(each, calendar, away), "")) for each in visits)
    return [ToMove(visit, why) for visit, why in found if why]


def _reasons(
    visit: Standing, calendar: OpenCalendar, away: dict[UUID, list[Away]]
) -> Iterator[str]:
    if not visit.is_served:
        yield str(terms.NOT_SERVED)
    day = local_date(visit.starts_at)
    openings = calendar.openings[day]
    if not openings:
        why = calendar.closed.get(day, "")
        yield terms.CLOSED_BECAUSE % {"why": why} if why else str(terms.CLOSED_THEN)
    elif not rules.lies_in(visit.starts_at, visit.ends_at, openings):
        yield str(terms.OUTSIDE_OPENING)
    for of, needed_from in _people(visit):
        if of in calendar.working and not rules.lies_in(
            needed_from, visit.ends_at, calendar.working[of].get(day, ())
        ):
            yield str(terms.OUTSIDE_WORK)
    for of, needed_from in _needs(visit):
        if any(
            each.starts_at < visit.ends_at and needed_from < each.ends_at
            for each in away.get(of, ())
        ):
            yield str(terms.NOT_THERE)


def _people(visit: Standing) -> list[tuple[UUID, datetime]]:
    """Who is needed, and from when on."""
    people = [(visit.physician_id, visit.treated_from)]
    if visit.nurse_id is not None:
        people.append((visit.nurse_id, visit.starts_at))
    return people


def _needs(visit: Standing) -> list[tuple[UUID, datetime]]:
    needs = [*_people(visit), (visit.room_id, visit.starts_at)]
    if visit.device_id is not None:
        needs.append((visit.device_id, visit.treated_from))
    return needs


def _by_resource(away: Sequence[Away]) -> dict[UUID, list[Away]]:
    found: dict[UUID, list[Away]] = {}
    for each in away:
        found.setdefault(each.of, []).append(each)
    return found
