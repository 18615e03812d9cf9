"""Whether a free time suits somebody who waits, on which days a session may be, and until when an
offer stands.

Pure: the wish, the free time, the neighbours of a session and the present moment are handed in. The
order is that of waiting; nobody's worth is compared. The numbers are conventions of this clinic,
see docs/rules/waitlist.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from clinic.refusals import Refused
from treatments.booking.rules import Span
from treatments.waitlist import terms
from treatments.waitlist.terms import Misfit

MINIMUM_GAP_DAYS = 7
# An offer is answered an hour before the visit, or the time goes to whoever is at the desk.
ANSWERED_BEFORE = timedelta(hours=1)
# Shorter than this nobody reads a mail: the desk telephones and books.
SHORTEST_OFFER = timedelta(minutes=15)
LONGEST_OFFER = timedelta(days=2)


class TooNearToOffer(Refused):
    """No letter is answered in time."""

    code = "too_near_to_offer"


class OfferOver(Refused):
    """The offer was answered, taken back or not answered in time."""

    code = "offer_over"
    status = 410


class AlreadyWaits(Refused):
    code = "already_waits"


class DoesNotFit(Refused):
    code = "does_not_fit"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody waits for. What is None or empty is not wished; `first`, `last`: lawful days."""

    length: timedelta
    physician_id: UUID | None = None
    weekdays: Collection[int] = ()
    hours_from: time | None = None
    hours_until: time | None = None
    earliest_on: date | None = None
    latest_on: date | None = None
    has_at: datetime | None = None  # the time that the new one would replace
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time of one physician."""

    physician_id: UUID
    span: Span

    def begun_with(self, length: timedelta) -> Span:
        return Span(self.span.starts_at, self.span.starts_at + length)


def misfit(wish: Wish, slot: Slot, zone: ZoneInfo) -> Misfit | None:
    """Why the beginning of this free time does not suit; None when it does."""
    if wish.physician_id not in (None, slot.physician_id):
        return Misfit.PHYSICIAN
    visit = slot.begun_with(wish.length)
    if visit.ends_at > slot.span.ends_at:
        return Misfit.TOO_SHORT
    starts, ends = visit.starts_at.astimezone(zone), visit.ends_at.astimezone(zone)
    if wish.weekdays and starts.weekday() not in wish.weekdays:
        return Misfit.WEEKDAY
    if (wish.hours_from and starts.time() < wish.hours_from) or (
        wish.hours_until and (ends.date() > starts.date() or ends.time() > wish.hours_until)
    ):
        return Misfit.HOUR
    if wish.earliest_on and starts.date() < wish.earliest_on:
        return Misfit.TOO_EARLY
    if wish.latest_on and starts.date() > wish.latest_on:
        return Misfit.TOO_LATE
    if wish.has_at and visit.starts_at >= wish.has_at.astimezone(UTC):
        return Misfit.NO_BETTER
    if (wish.first and starts.date() < wish.first) or (wish.last and starts.date() > wish.last):
        return Misfit.INTERVAL
    return None


def lawful_days(
    *,
    before: date | None,
    after: date | None,
    interval_days: int,
    days_earlier: int,
    days_later: int,
) -> tuple[date | None, date | None]:
    """Between which days a session may be: its interval from both neighbours, within the tolerance.

    Never nearer than 7 days to either, whatever the tolerance. None: nothing limits that side.
    """
    nearest = timedelta(days=max(MINIMUM_GAP_DAYS, interval_days - days_earlier))
    farthest = timedelta(days=max(MINIMUM_GAP_DAYS, interval_days + days_later))
    firsts, lasts = [], []
    if before is not None:
        firsts.append(before + nearest)
        lasts.append(before + farthest)
    if after is not None:
        firsts.append(after - farthest)
        lasts.append(after - nearest)
    return max(firsts, default=None), min(lasts, default=None)


def offer_until(
    *, sent_at: datetime, starts_at: datetime, now: datetime, answer_within: timedelta
) -> datetime:
    """Until when an offer that is sent at `sent_at` stands. Raises TooNearToOffer."""
    until = min(sent_at + answer_within, starts_at - ANSWERED_BEFORE, now + LONGEST_OFFER)
    if until - max(sent_at, now) < SHORTEST_OFFER:
        raise TooNearToOffer(terms.TOO_NEAR)
    return until
