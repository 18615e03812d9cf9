"""Reads for patients without an account, and of what they asked for."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet

from clinic.hours.queries import local_date
from clinic.hours.queries import rooms as rooms_in_use
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.records.models import Patient
from patients.records.queries import patients_matching
from treatments.booking import hooks as booking
from treatments.booking.models import Appointment
from treatments.booking.queries import Offer, free_slots_for, live_holds
from treatments.booking.terms import AppointmentKind
from treatments.patient_side.models import CalendarFeed, MoveWish, VisitLink, VisitorRequest
from treatments.patient_side.rules import MOVES_WITHIN
from treatments.patient_side.terms import VisitorState, WishState
from treatments.plans.models import PlannedSession
from treatments.plans.terms import SessionState
from treatments.reminders.queries import wishes
from treatments.waitlist.queries import lawful_days_of

# Enough to choose from on a phone, and few enough to read.
MOST_TIMES = 48
SHOWN_BEFORE = timedelta(days=30)
STAFF_SEES = (timedelta(days=7), timedelta(days=60))
ANSWERED_SINCE = timedelta(days=2)
MOST_ANSWERS = 50
MOST_MATCHES = 5


@dataclass(frozen=True, slots=True)
class PossibleDay:
    """One day with the times to which a visit may move."""

    day: date
    offers: list[Offer]


def session_of(appointment: Appointment) -> PlannedSession | None:
    return (
        PlannedSession.objects.select_related("plan__patient", "plan__physician", "appointment")
        .filter(appointment=appointment)
        .first()
    )


def times_for_move(appointment: Appointment, now: datetime) -> list[PossibleDay]:
    """The free times to which a patient may move this visit alone: of a course only those within
    its interval and tolerance. None where the physician or the desk has to decide.
    """
    first, last = _days_for_move(appointment, now)
    if last < first:
        return []
    soonest = now + timedelta(hours=settings.CHANGE_HOURS)
    numbing = appointment.physician_from - appointment.starts_at
    free = free_slots_for(
        physician=appointment.physician,
        rooms=sorted(rooms_in_use(), key=lambda room: room.pk != appointment.room_id),
        patient=appointment.patient,
        first=first,
        last=last,
        length=appointment.ends_at - appointment.physician_from,
        numbing=numbing,
        now=max(now, soonest),
        excluding=None,
    )
    blocked = booking.blocked_days(
        booking.DaysAsked(
            patient=appointment.patient,
            kind=AppointmentKind(appointment.kind),
            first=first,
            last=last,
            now=now,
            excluding=appointment.pk,
        )
    )
    days: list[PossibleDay] = []
    left = MOST_TIMES
    for day in sorted(free):
        offers = free[day][:left] if day not in blocked else []
        left -= len(offers)
        if offers:
            days.append(PossibleDay(day, offers))
    return days


def _days_for_move(appointment: Appointment, now: datetime) -> tuple[date, date]:
    soonest = local_date(now + timedelta(hours=settings.CHANGE_HOURS))
    latest = local_date(now + MOVES_WITHIN)
    limits = booking.joined(booking.limits_of_move(appointment, now))
    if limits.refusal:
        return soonest, soonest - timedelta(days=1)
    session = session_of(appointment)
    firsts, lasts = [soonest, limits.first], [limits.last]
    if session is not None:
        lawful = lawful_days_of(session)
        firsts.append(lawful[0])
        lasts.append(lawful[1])
    # The first session of a course that has no other yet is limited by nothing but the calendar.
    lasts = lasts if any(lasts) else [latest]
    return max(each for each in firsts if each), min(each for each in lasts if each)


def visits_of(patient: Patient, now: datetime) -> list[Appointment]:
    """What is still to come, for the patient's own page."""
    return list(
        Appointment.objects.holding_a_slot()
        .filter(patient=patient, starts_at__gte=now)
        .select_related("physician", "room", "patient", "planned_session")
        .order_by("starts_at")
    )


def is_settled(visit: Appointment) -> bool:
    """Whether the time can hold: of a course on hold, or a session to be moved, nobody knows."""
    session = getattr(visit, "planned_session", None)
    return session is None or (session.state != SessionState.ON_HOLD and session.wait_until is None)


def visit_of_patient(patient_id: UUID, appointment_id: UUID) -> Appointment:
    return Appointment.objects.select_related("patient", "physician", "room").get(
        pk=appointment_id, patient_id=patient_id
    )


def visits_in_calendar(feed: CalendarFeed, now: datetime) -> QuerySet[Appointment]:
    """What a calendar shows: cancelled visits too, so that they vanish from it."""
    visits = Appointment.objects.select_related("patient", "room").order_by("starts_at", "pk")
    if feed.patient_id is not None:
        return visits.filter(patient=feed.patient_id, starts_at__gte=now - SHOWN_BEFORE)
    before, ahead = STAFF_SEES
    return visits.filter(
        _of_member(feed.member), starts_at__gte=now - before, starts_at__lte=now + ahead
    )


def _of_member(member: StaffMember | None) -> Q:
    """A physician reads their own visits; who runs the day reads the day."""
    if member is None or member.role == Role.PHYSICIAN:
        return Q(physician=member)
    return Q()


def digest(key: str) -> str:
    """What is kept of a calendar's key. The key is random and long: no salt is needed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def feed_behind(key: str) -> CalendarFeed | None:
    """The living calendar of a key; none of a member who works here no more."""
    feed = (
        CalendarFeed.objects.select_related("member", "patient")
        .filter(key_digest=digest(key), revoked_at__isnull=True)
        .first()
    )
    if feed is not None and feed.member is not None and not feed.member.is_active:
        return None
    return feed


def feed_of(
    *, patient: Patient | None = None, member: StaffMember | None = None
) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(
        patient=patient, member=member, revoked_at__isnull=True
    ).first()


def open_wishes() -> QuerySet[MoveWish]:
    """Patients who wish another time, the longest waiting first."""
    return MoveWish.objects.filter(state=WishState.OPEN).select_related(
        "appointment__patient", "appointment__physician", "appointment__room",
        "hold__physician", "hold__room",
    )  # fmt: skip


def wish(wish_id: UUID) -> MoveWish:
    return MoveWish.objects.select_related(
        "appointment__patient", "appointment__physician", "hold__physician", "hold__room"
    ).get(pk=wish_id)


def is_written_to(patient: Patient) -> bool:
    """Whether letters reach this patient; otherwise the desk telephones."""
    return wishes(patient).reachable


def open_wish_of(appointment: Appointment) -> MoveWish | None:
    return MoveWish.objects.filter(appointment=appointment, state=WishState.OPEN).first()


def is_kept(wish: MoveWish, now: datetime) -> bool:
    return wish.hold_id is not None and live_holds(now).filter(pk=wish.hold_id).exists()


def answers_by_link(now: datetime) -> QuerySet[VisitLink]:
    """What patients did by their links lately, the latest first."""
    return (
        VisitLink.objects.filter(used_at__gte=now - ANSWERED_SINCE)
        .select_related("appointment__patient", "appointment__physician")
        .order_by("-used_at")[:MOST_ANSWERS]
    )


def visitors() -> QuerySet[VisitorRequest]:
    """Who asks for an appointment from the website, the longest waiting first."""
    return VisitorRequest.objects.filter(state=VisitorState.OPEN)


def visitor(request_id: UUID) -> VisitorRequest:
    return VisitorRequest.objects.get(pk=request_id)


def matches_of(visitor: VisitorRequest) -> list[Patient]:
    """Files that this could be: the same telephone number, address or name. For the desk only."""
    found: dict[UUID, Patient] = {}
    for text in (visitor.phone.lstrip("+"), visitor.email, visitor.full_name):
        if text:
            found |= {each.pk: each for each in patients_matching(text)[:MOST_MATCHES]}
    return list(found.values())
