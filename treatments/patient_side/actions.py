"""What a patient does with one link, once; and what the desk answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction

from clinic.audit.actions import Actor, record
from clinic.staff.models import StaffMember
from treatments.booking import actions as booking
from treatments.booking.holds import give_back_hold, hold_slot
from treatments.booking.locks import again_after_deadlock, lock_resources
from treatments.booking.models import Appointment
from treatments.booking.queries import Offer
from treatments.booking.terms import AppointmentKind, AppointmentState
from treatments.patient_side import links, owing, queries, rules, terms
from treatments.patient_side.models import MoveWish, VisitLink
from treatments.patient_side.terms import BY_LINK, WishState


@again_after_deadlock
@transaction.atomic
def confirm_visit(*, link: VisitLink, now: datetime) -> Appointment:
    """The patient will come. Raises LinkUsed, LinkOver."""
    visit = _use(link, now)
    if visit.state == AppointmentState.CONFIRMED:
        return visit
    return booking.change_state(
        appointment_id=visit.pk,
        to=AppointmentState.CONFIRMED,
        seen_version=visit.version,
        by=BY_LINK,
        now=now,
    )


@again_after_deadlock
@transaction.atomic
def cancel_visit(*, link: VisitLink, now: datetime) -> Appointment:
    """The patient does not come; the time is free at once. Raises LinkUsed, LinkOver."""
    visit = _use(link, now)
    return booking.cancel_appointment(
        appointment_id=visit.pk, seen_version=visit.version, by=BY_LINK, now=now
    )


@dataclass(frozen=True, slots=True)
class Wished:
    """What a patient wishes instead: one of the times that are possible, or their own words."""

    offer: Offer | None = None
    words: str = ""


@again_after_deadlock
@transaction.atomic
def ask_to_move(*, link: VisitLink, wished: Wished, now: datetime) -> MoveWish:
    """Put the wish before the desk, and keep the time that was picked.

    Raises LinkUsed, LinkOver, NotAmongThem, SlotTaken, TooManyHolds. What is refused uses nothing up.
    """
    if wished.offer is None and not wished.words:
        raise rules.NotAmongThem(terms.SAY_WHEN)
    seen = link.appointment
    offer = wished.offer
    lock_resources(
        physicians=[seen.physician_id],
        rooms={seen.room_id} | ({offer.room.pk} if offer else set()),
        patients=[seen.patient_id],
    )
    visit = _use(link, now)
    for earlier in MoveWish.objects.filter(appointment=visit, state=WishState.OPEN):
        _settle(earlier, WishState.OVERTAKEN, by=BY_LINK, now=now)
    hold = None
    if offer is not None:
        if not _is_possible(visit, offer, now):
            raise rules.NotAmongThem(terms.CANNOT_MOVE_ALONE)
        hold = hold_slot(
            patient=visit.patient,
            physician=visit.physician,
            room=offer.room,
            kind=AppointmentKind(visit.kind),
            starts_at=offer.span.starts_at,
            physician_from=offer.physician_from,
            ends_at=offer.span.ends_at,
            keep=min(rules.WISH_IS_KEPT, offer.span.starts_at - now),
            by=BY_LINK,
            now=now,
        )
    wish = MoveWish.objects.create(appointment=visit, hold=hold, words=wished.words, asked_at=now)
    record(verb="visit.wish", subject=wish, by=BY_LINK, now=now, patient_id=visit.patient_id)
    if hold is not None and settings.PATIENTS_MOVE_ALONE:
        _move(wish, by=BY_LINK, now=now)
    return wish


@again_after_deadlock
@transaction.atomic
def accept_wish(*, wish_id: UUID, by: StaffMember, now: datetime) -> Appointment:
    """Move the visit to the time that was picked.

    Raises SettledAlready, and what booking or the course refuses.
    """
    seen = queries.wish(wish_id)
    hold, visit = seen.hold, seen.appointment
    lock_resources(
        physicians={visit.physician_id} | ({hold.physician_id} if hold else set()),
        rooms={visit.room_id} | ({hold.room_id} if hold else set()),
        patients=[visit.patient_id],
    )
    wish = _lock_open_wish(wish_id)
    moved = _move(wish, by=by, now=now)
    owing.owe_answer(wish, now)
    return moved


@transaction.atomic
def decline_wish(*, wish_id: UUID, by: StaffMember, now: datetime) -> None:
    """The visit stays as it is. Raises SettledAlready."""
    wish = _lock_open_wish(wish_id)
    _settle(wish, WishState.DECLINED, by=by, now=now)
    record(
        verb="visit.wish_declined",
        subject=wish,
        by=by,
        now=now,
        patient_id=wish.appointment.patient_id,
    )
    owing.owe_answer(wish, now)


def overtake_wishes(appointment: Appointment, by: Actor, now: datetime) -> None:
    """Listens to moved and cancelled visits: what was wished instead of them is settled."""
    for wish in MoveWish.objects.filter(appointment=appointment, state=WishState.OPEN):
        _settle(wish, WishState.OVERTAKEN, by=by, now=now)


def _use(link: VisitLink, now: datetime) -> Appointment:
    """Behind the locks of the visit: of two who press at once the second is refused."""
    seen = link.appointment
    lock_resources(physicians=[seen.physician_id], rooms=[seen.room_id], patients=[seen.patient_id])
    return links.use(link.pk, now).appointment


def _is_possible(visit: Appointment, offer: Offer, now: datetime) -> bool:
    return any(
        each.span == offer.span and each.room == offer.room
        for day in queries.times_for_move(visit, now)
        for each in day.offers
    )


def _move(wish: MoveWish, *, by: Actor, now: datetime) -> Appointment:
    hold = wish.hold
    if hold is None:
        raise rules.NotAmongThem(terms.CANNOT_MOVE_ALONE)
    # Settled first: the listener that hears of the move finds nothing left to overtake.
    _settle(wish, WishState.ACCEPTED, by=by, now=now)
    visit = Appointment.objects.get(pk=wish.appointment_id)
    moved = booking.move_appointment(
        appointment_id=visit.pk,
        starts_at=hold.starts_at,
        physician=hold.physician,
        room=hold.room,
        seen_version=visit.version,
        by=by,
        now=now,
    )
    record(verb="visit.wish_accepted", subject=wish, by=by, now=now, patient_id=visit.patient_id)
    return moved


def _lock_open_wish(wish_id: UUID) -> MoveWish:
    wish = (
        MoveWish.objects.select_for_update(no_key=True, of=("self",))
        .select_related("appointment__patient", "hold__physician", "hold__room")
        .get(pk=wish_id)
    )
    if wish.state != WishState.OPEN:
        raise rules.SettledAlready(terms.SETTLED_ALREADY)
    return wish


def _settle(wish: MoveWish, state: WishState, *, by: Actor, now: datetime) -> None:
    if wish.hold_id is not None:
        give_back_hold(hold_id=wish.hold_id, by=by, now=now)
    wish.state, wish.settled_at = state, now
    wish.settled_by = by if isinstance(by, StaffMember) else None
    wish.save(update_fields=["state", "settled_at", "settled_by"])
