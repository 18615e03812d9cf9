"""Reads of the waitlist: who waits, whom a free time suits, what was offered."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet

from clinic.hours.models import Room
from clinic.hours.queries import clinic_zone, local_date
from clinic.messages.models import Message
from clinic.messages.queries import messages_for
from clinic.messages.terms import Channel
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking.hooks import DaysAsked, blocked_days
from treatments.booking.models import Appointment, meeting
from treatments.booking.queries import Length, lengths, taken_by
from treatments.booking.rules import Span
from treatments.booking.terms import EXPECTED, AppointmentKind, AppointmentState
from treatments.plans.models import PlannedSession
from treatments.plans.queries import booking_limit, place_in_course, running_plan
from treatments.plans.terms import SessionState
from treatments.reminders.queries import when
from treatments.waitlist import rules, terms
from treatments.waitlist.models import SlotOffer, WaitlistEntry
from treatments.waitlist.rules import Slot, Wish
from treatments.waitlist.terms import Misfit, OfferState

# So many are shown for one free time, and only of these the answers of the patient are asked.
MOST_SHOWN = 12
FREED_SINCE = timedelta(days=2)
MOST_FREED = 20
# Whatever the answers say, somebody may come to talk.
ALWAYS_BOOKABLE = (AppointmentKind.CONSULTATION, AppointmentKind.REVIEW)
TO_TREAT = (SessionState.BOOKED, SessionState.PLANNED, SessionState.MISSED)


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A free time as it stands on a page: whose, where, from when to when."""

    physician: StaffMember
    room: Room
    span: Span

    @property
    def slot(self) -> Slot:
        return Slot(self.physician.pk, self.span)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One who waits and whom a free time suits; `visit`: the one that the new time replaces."""

    entry: WaitlistEntry
    span: Span
    numbing: timedelta
    visit: Appointment | None


@dataclass(frozen=True, slots=True)
class Fits:
    """Whom a free time suits, who was asked about it already, and how many it does not suit."""

    candidates: list[Candidate]
    asked: list[SlotOffer]
    others: int


def waiting() -> QuerySet[WaitlistEntry]:
    """Who waits, the longest first."""
    return (
        WaitlistEntry.objects.filter(ended_at__isnull=True)
        .select_related(
            "patient", "physician", "session__plan__patient", "session__plan__physician",
            "session__appointment__physician", "session__appointment__room",
        )
        .prefetch_related(Prefetch("offers", SlotOffer.objects.select_related("hold__physician")))
        .annotate(place=place_in_course("session__"))
        .order_by("since", "pk")
    )  # fmt: skip


def entry(entry_id: UUID) -> WaitlistEntry:
    return waiting().get(pk=entry_id)


def offer(offer_id: UUID) -> SlotOffer:
    return SlotOffer.objects.select_related(
        "entry__patient", "entry__session__plan", "entry__session__appointment",
        "hold__physician", "hold__room", "made_by",
    ).get(pk=offer_id)  # fmt: skip


def sessions_to_wait_for(patient: Patient) -> list[PlannedSession]:
    """The sessions of the running course that can get a time alone: booked ones, or the only one
    that has none."""
    plan = running_plan(patient)
    if plan is None:
        return []
    sessions = list(
        PlannedSession.objects.filter(plan=plan, state__in=TO_TREAT)
        .select_related("appointment")
        .order_by("number")
    )
    without = [each for each in sessions if each.state != SessionState.BOOKED]
    return [
        each
        for each in sessions
        if (each.state == SessionState.BOOKED and each.appointment and each.appointment.is_expected)
        or without == [each]
    ]


def freed_times(now: datetime) -> list[FreeTime]:
    """The times of visits that were cancelled lately, are still ahead and nobody has taken since."""
    cancelled = list(
        Appointment.objects.filter(
            state=AppointmentState.CANCELLED,
            starts_at__gt=now + rules.ANSWERED_BEFORE,
            state_changed_at__gte=now - FREED_SINCE,
            physician__is_active=True,
            room__is_active=True,
        )
        .select_related("physician", "room")
        .order_by("starts_at")[:MOST_FREED]
    )
    if not cancelled:
        return []
    window = Q(pk__in=[])
    for each in cancelled:
        window |= meeting(each.starts_at, each.ends_at) & (
            Q(physician=each.physician_id) | Q(room=each.room_id)
        )
    taken = taken_by(window, window, now=now)
    times = {
        (each.physician_id, each.starts_at): FreeTime(
            each.physician, each.room, Span(each.starts_at, each.ends_at)
        )
        for each in cancelled
    }
    return [
        free
        for free in times.values()
        if not any(
            each.span.starts_at < free.span.ends_at
            and free.span.starts_at < each.span.ends_at
            and (each.physician_id == free.physician.pk or each.room_id == free.room.pk)
            for each in taken
        )
    ]


def fits(free: FreeTime, now: datetime) -> Fits:
    """Whom the beginning of this free time suits, in the order of waiting.

    The number of statements does not grow with the list; of those that are shown the answers are
    asked one by one, because a hold of the course stands against any time.
    """
    entries = list(waiting())
    asked = list(
        SlotOffer.objects.filter(
            hold__physician=free.physician, hold__starts_at=free.span.starts_at
        )
        .select_related("entry__patient", "hold")
        .order_by("made_at")
    )
    no_more = {each.entry_id for each in asked if not each.is_open(now)}
    wishes, sizes = _wishes(entries), lengths()
    busy = _busy_patients(entries, free.span)
    found: list[Candidate] = []
    for each in entries:
        wish = wishes[each.pk]
        if (
            len(found) < MOST_SHOWN
            and each.pk not in no_more
            and not has_open_offer(each, now)
            and each.patient_id not in busy
            and is_to_treat(each)
            and rules.misfit(wish, free.slot, clinic_zone()) is None
            and not _is_blocked(each, local_date(free.span.starts_at), now)
        ):
            found.append(_candidate(each, free, sizes))
    return Fits(found, asked, len(entries) - len(found))


def candidate(entry: WaitlistEntry, free: FreeTime, now: datetime) -> Candidate | Misfit:
    """What offering this time to this one would be, or why it does not suit."""
    if not is_to_treat(entry):
        return Misfit.BLOCKED
    no = rules.misfit(_wishes([entry])[entry.pk], free.slot, clinic_zone())
    if no is not None:
        return no
    if _is_blocked(entry, local_date(free.span.starts_at), now):
        return Misfit.BLOCKED
    return _candidate(entry, free, lengths())


def has_open_offer(entry: WaitlistEntry, now: datetime) -> bool:
    return any(each.is_open(now) for each in entry.offers.all())


def is_to_treat(entry: WaitlistEntry) -> bool:
    """Whether what somebody waits for is still to come."""
    return entry.session is None or entry.session.state in TO_TREAT


def visit_to_replace(entry: WaitlistEntry) -> Appointment | None:
    """The visit of the session that would be moved."""
    visit = entry.session.appointment if entry.session else None
    return visit if visit is not None and visit.state in EXPECTED else None


def is_told_by_mail(offer: SlotOffer) -> bool:
    """Whether a letter brings the offer; otherwise the desk telephones."""
    return (
        messages_for(offer.entry.patient_id)
        .filter(about_id=offer.pk, channel=Channel.EMAIL)
        .exists()
    )


def words_to_say(messages: Collection[Message]) -> dict[UUID, str]:
    """What the desk says on the telephone about an offer."""
    offers = {
        each.pk: each
        for each in SlotOffer.objects.filter(
            pk__in=[each.about_id for each in messages if each.kind in terms.MessageKind.values]
        ).select_related("hold")
    }
    return {
        each.pk: terms.SAY_OFFER % {"when": when(offers[each.about_id].hold.starts_at)}
        if offers[each.about_id].state == OfferState.OPEN
        else str(terms.SAY_OVER)
        for each in messages
        if each.about_id in offers
    }


def _candidate(
    entry: WaitlistEntry, free: FreeTime, sizes: Mapping[AppointmentKind, Length]
) -> Candidate:
    length, numbing = _length(entry, sizes)
    return Candidate(entry, free.slot.begun_with(length), numbing, visit_to_replace(entry))


def _wishes(entries: Sequence[WaitlistEntry]) -> dict[UUID, Wish]:
    neighbours = _neighbours([each.session for each in entries if each.session is not None])
    sizes = lengths()
    wishes = {}
    for each in entries:
        first, last = (
            neighbours.get(each.session_id, (None, None)) if each.session_id else (None, None)
        )
        visit = visit_to_replace(each)
        wishes[each.pk] = Wish(
            length=_length(each, sizes)[0],
            physician_id=each.physician_id,
            weekdays=each.weekdays,
            hours_from=each.hours_from,
            hours_until=each.hours_until,
            earliest_on=each.earliest_on,
            latest_on=each.latest_on,
            has_at=visit.starts_at if visit else None,
            first=first,
            last=last,
        )
    return wishes


def lawful_days_of(session: PlannedSession) -> tuple[date | None, date | None]:
    """Between which days a session may be, by its neighbours and the tolerance of its course."""
    return _neighbours([session])[session.pk]


def _neighbours(
    sessions: Collection[PlannedSession],
) -> dict[UUID, tuple[date | None, date | None]]:
    """The lawful days of each session, all courses in one statement."""
    courses: dict[UUID, list[tuple[int, date]]] = {}
    rows = PlannedSession.objects.filter(
        plan__in={each.plan_id for each in sessions},
        state__in=[SessionState.BOOKED, SessionState.DONE],
        appointment__isnull=False,
    ).values_list("plan_id", "number", "appointment__starts_at")
    for plan_id, number, starts_at in rows:
        courses.setdefault(plan_id, []).append((number, local_date(starts_at)))
    days = {}
    for each in sessions:
        dated = courses.get(each.plan_id, [])
        days[each.pk] = rules.lawful_days(
            before=max((on for number, on in dated if number < each.number), default=None),
            after=min((on for number, on in dated if number > each.number), default=None),
            interval_days=each.plan.interval_days,
            days_earlier=each.plan.days_earlier,
            days_later=each.plan.days_later,
        )
    return days


def _length(
    entry: WaitlistEntry, sizes: Mapping[AppointmentKind, Length]
) -> tuple[timedelta, timedelta]:
    """How long the visit takes in all, and its numbing: as it stands, or as the clinic has it."""
    visit = visit_to_replace(entry)
    if visit is not None:
        return visit.ends_at - visit.starts_at, visit.physician_from - visit.starts_at
    size = sizes[AppointmentKind(entry.kind)]
    minutes = entry.session.plan.session_minutes if entry.session else size.minutes
    numbing = timedelta(minutes=size.numbing_minutes)
    return timedelta(minutes=minutes) + numbing, numbing


def _busy_patients(entries: Sequence[WaitlistEntry], span: Span) -> set[UUID]:
    """Who has another visit at that very time."""
    return set(
        Appointment.objects.holding_a_slot()
        .overlapping(span.starts_at, span.ends_at)
        .filter(patient__in=[each.patient_id for each in entries])
        .values_list("patient_id", flat=True)
    )


def _is_blocked(entry: WaitlistEntry, on: date, now: datetime) -> bool:
    """Whether the answers of the patient, a hold or another treatment stand against that day."""
    if entry.kind in ALWAYS_BOOKABLE:
        return False
    asked = DaysAsked(
        patient=entry.patient,
        kind=AppointmentKind(entry.kind),
        first=on,
        last=on,
        now=now,
        excluding=entry.session.appointment_id if entry.session else None,
    )
    if blocked_days(asked):
        return True
    if entry.session is None:
        return False
    limit = booking_limit(entry.session.plan)
    return bool(limit.refusal) or (limit.earliest_on is not None and on < limit.earliest_on)
