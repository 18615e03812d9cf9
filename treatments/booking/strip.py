"""Two weeks of days with their number of free times, the times of the chosen one, and why a day has
none: closed, somebody away, a wait of the patient, or full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from clinic.hours.models import Device, Room
from clinic.hours.queries import clinic_zone, days_between, local_date, rooms
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import hooks, rules, terms
from treatments.booking.queries import Availability, Offer, availability
from treatments.booking.rules import AT_ONCE
from treatments.booking.terms import AppointmentKind, day_in_words
from treatments.booking.visits import away_in_words

STRIP_DAYS = 14  # the days beside which the number of free times stands
MOST_REASONS = 6

Word = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Wished:
    """Whose time is looked for, and how long it is: with the physician, after the numbing."""

    patient: Patient
    physician: StaffMember
    kind: AppointmentKind
    length: timedelta
    numbing: timedelta = AT_ONCE
    nurse: StaffMember | None = None
    device: Device | None = None
    room: Room | None = None  # offered first
    excluding: UUID | None = None  # the visit that would move, ...
    current: datetime | None = None  # ... and its time, which is no other one


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day to choose, with how many times are free on it, or the word why none is."""

    day: date
    free: int
    current: bool
    allowed: bool = True
    word: Word = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    chosen: date
    days: Sequence[StripDay]
    reasons: Sequence[Word]  # whole sentences, of the days that are not simply full
    earlier: date | None
    later: date | None
    parts: Sequence[tuple[str, list[Offer]]]


def strip(wished: Wished, day: date, *, first: date, last: date | None, now: datetime) -> Strip:
    """The days around `day`, none before `first` or after `last`.

    On a day without a free time the first day after it that has one is shown.
    """
    horizon = local_date(now + rules.HORIZON)
    latest = min(last or horizon, horizon)
    chosen = min(max(day, first), max(latest, first))
    begin = max(first, chosen - timedelta(days=chosen.weekday()))
    end = begin + timedelta(days=STRIP_DAYS - 1)
    ordered = sorted(rooms(), key=lambda each: each != wished.room)
    window = availability(
        physician=wished.physician,
        rooms=ordered,
        patient=wished.patient,
        nurse=wished.nurse,
        device=wished.device,
        first=begin,
        last=end,
        now=now,
        excluding=wished.excluding,
    )
    blocked = hooks.blocked_days(
        hooks.DaysAsked(
            patient=wished.patient,
            kind=wished.kind,
            first=begin,
            last=end,
            now=now,
            excluding=wished.excluding,
        )
    )
    free = {
        each: _offers(window, each, ordered, wished)
        if first <= each <= latest and each not in blocked
        else []
        for each in days_between(begin, end)
    }
    if not free.get(chosen):
        chosen = min((each for each in free if each > chosen and free[each]), default=chosen)
    why = {
        each: _why_not(window, each, blocked, wished.physician)
        for each in free
        if first <= each <= latest
    }
    return Strip(
        chosen=chosen,
        days=[
            StripDay(
                each,
                len(free[each]),
                each == chosen,
                allowed=each in why,
                word=why[each][0] if each in why and not free[each] else "",
            )
            for each in free
        ],
        reasons=list(dict.fromkeys(words for _word, words in why.values() if words))[:MOST_REASONS],
        earlier=begin - timedelta(days=7) if begin > first else None,
        later=end + timedelta(days=1) if end < latest else None,
        parts=_parts_of_day(free.get(chosen, [])),
    )


def _offers(
    window: Availability, day: date, ordered: Sequence[Room], wished: Wished
) -> list[Offer]:
    offers = window.offers(day, ordered, wished.length, wished.numbing)
    return [offer for offer in offers if offer.span.starts_at != wished.current]


def _why_not(
    window: Availability, day: date, blocked: Mapping[date, str], physician: StaffMember
) -> tuple[Word, Word]:
    """Why a day has no free time, in a word and, where there is more to say, in a sentence."""
    words = {"date": day_in_words(day), "who": physician.display_name}
    if day in blocked:
        return terms.WAIT, blocked[day]
    if day in window.closed:
        why = window.closed[day]
        return terms.CLOSED, terms.CLOSED_THEN % (words | {"why": why}) if why else ""
    away = window.away_all_day(day)
    if away is not None:
        return terms.AWAY, away_in_words(away, who=physician.display_name, on=day)
    if window.is_day_off(day):
        return terms.NOT_IN, ""
    full = terms.NONE_LEFT if day == local_date(window.now) else terms.FULL
    early = window.closed_early.get(day)
    if early is not None:
        at = rules.clock_in_words(early.at, clinic_zone())
        return full, terms.CLOSES_THEN % (words | {"time": at, "why": early.why})
    return full, ""


def _parts_of_day(offers: list[Offer]) -> list[tuple[str, list[Offer]]]:
    local = [(timezone.localtime(offer.span.starts_at).hour, offer) for offer in offers]
    parts = [
        (_("Morning"), [offer for hour, offer in local if hour < 12]),
        (_("Afternoon"), [offer for hour, offer in local if hour >= 12]),
    ]
    return [(name, times) for name, times in parts if times]
