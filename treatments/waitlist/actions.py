"""Waiting for a time, offering one, and answering the offer. Whoever answers first, wins."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

from django.conf import settings
from django.db import IntegrityError, transaction

from clinic.audit.actions import Actor, record
from clinic.hours.queries import clinic_zone
from clinic.messages.actions import Owing, cancel_messages, drop_calls, owe_messages
from clinic.messages.queries import messages_needing_the_desk
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import actions as booking
from treatments.booking.holds import confirm_hold, give_back_hold, hold_slot
from treatments.booking.locks import again_after_deadlock, lock_resources
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind
from treatments.booking.visits import Visit
from treatments.plans.actions import book_course
from treatments.plans.models import PlannedSession
from treatments.reminders.queries import quiet_hours, wishes
from treatments.reminders.rules import sendable_at
from treatments.waitlist import queries, rules, terms
from treatments.waitlist.models import SlotOffer, WaitlistEntry
from treatments.waitlist.queries import Candidate, FreeTime
from treatments.waitlist.terms import EntryEnd, MessageKind, Misfit, OfferState


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """The days and hours that suit; what is empty or None is not wished."""

    weekdays: Sequence[int] = ()
    hours_from: time | None = None
    hours_until: time | None = None
    earliest_on: date | None = None
    latest_on: date | None = None


@transaction.atomic
def add_entry(
    *,
    patient: Patient,
    kind: AppointmentKind,
    session: PlannedSession | None,
    physician: StaffMember | None,
    when: When,
    note: str,
    by: StaffMember,
    now: datetime,
) -> WaitlistEntry:
    """Put somebody on the list. Raises AlreadyWaits."""
    try:
        with transaction.atomic():
            entry = WaitlistEntry.objects.create(
                patient=patient,
                kind=kind,
                session=session,
                physician=physician,
                weekdays=sorted(when.weekdays),
                hours_from=when.hours_from,
                hours_until=when.hours_until,
                earliest_on=when.earliest_on,
                latest_on=when.latest_on,
                note=note,
                since=now,
                entered_by=by,
            )
    except IntegrityError as twice:
        raise rules.AlreadyWaits(terms.ALREADY_WAITS % {"patient": patient.full_name}) from twice
    record(verb="waitlist.entered", subject=entry, by=by, now=now, patient_id=patient.pk)
    return entry


@transaction.atomic
def take_off(*, entry_id: UUID, by: StaffMember, now: datetime) -> None:
    """End the waiting, and what is offered. Nothing happens to one who waits no more."""
    entry = _lock_entry(entry_id)
    if entry.ended_at is not None:
        return
    for offer in entry.offers.filter(state=OfferState.OPEN):
        _close(offer, OfferState.WITHDRAWN, by=by, now=now, verb="waitlist.withdrawn")
    _end(entry, EntryEnd.LEFT, now=now)
    record(verb="waitlist.left", subject=entry, by=by, now=now, patient_id=entry.patient_id)


@again_after_deadlock
@transaction.atomic
def offer_time(*, entry_id: UUID, free: FreeTime, by: StaffMember, now: datetime) -> SlotOffer:
    """Keep a free time for one who waits and ask them by mail, or have the desk telephone.

    Raises DoesNotFit, TooNearToOffer, AlreadyWaits (an offer runs), SlotTaken, NotBookable,
    TooManyHolds.
    """
    seen = queries.entry(entry_id)
    lock_resources(physicians=[free.physician.pk], rooms=[free.room.pk], patients=[seen.patient_id])
    entry = _lock_entry(entry_id)
    _let_go_of_expired(entry, now=now)
    if entry.ended_at is not None:
        raise rules.OfferOver(terms.NOT_WAITING % {"patient": seen.patient.full_name})
    if entry.offers.filter(state=OfferState.OPEN).exists():
        raise rules.AlreadyWaits(terms.OFFER_RUNS % {"patient": seen.patient.full_name})
    fitting = queries.candidate(seen, free, now)
    if isinstance(fitting, Misfit):
        raise rules.DoesNotFit(terms.DOES_NOT_FIT % {"why": fitting.label})
    by_mail = wishes(seen.patient).reachable
    expires_at = _offer_until(fitting, by_mail=by_mail, now=now)
    offer = SlotOffer.objects.create(
        entry=entry,
        hold=hold_slot(
            patient=seen.patient,
            physician=free.physician,
            room=free.room,
            kind=AppointmentKind(entry.kind),
            starts_at=fitting.span.starts_at,
            physician_from=fitting.span.starts_at + fitting.numbing,
            ends_at=fitting.span.ends_at,
            keep=expires_at - now,
            by=by,
            now=now,
        ),
        made_at=now,
        made_by=by,
        expires_at=expires_at,
    )
    record(verb="waitlist.offered", subject=offer, by=by, now=now, patient_id=entry.patient_id)
    owe_messages(
        patient_id=entry.patient_id,
        owing=[
            Owing(
                kind=MessageKind.SLOT_OFFER,
                event_key=f"{MessageKind.SLOT_OFFER}:{offer.pk}",
                about_id=offer.pk,
                due_at=now,
                not_after=expires_at,
                call_until=expires_at,
                call_why="" if by_mail else terms.NO_MAIL,
            )
        ],
        now=now,
    )
    return offer


def _offer_until(fitting: Candidate, *, by_mail: bool, now: datetime) -> datetime:
    """Counted from when the letter can go; a call can be made at once."""
    starts_at = fitting.span.starts_at
    quiet = quiet_hours()
    goes_at = (
        sendable_at(now, starts_at - rules.ANSWERED_BEFORE, zone=clinic_zone(), quiet=quiet)
        if by_mail
        else now
    )
    return rules.offer_until(
        sent_at=goes_at,
        starts_at=starts_at,
        now=now,
        answer_within=timedelta(hours=settings.OFFER_HOURS),
    )


@again_after_deadlock
@transaction.atomic
def accept_offer(*, offer_id: UUID, by: Actor, now: datetime) -> Appointment:
    """Move or book the time that was kept; the offer is over for everybody else.

    Raises OfferOver, and what booking or the course refuses (SlotTaken, BookingBlocked, TooClose).
    """
    seen = queries.offer(offer_id)
    replaced = queries.visit_to_replace(seen.entry)
    lock_resources(
        physicians={seen.hold.physician_id} | ({replaced.physician_id} if replaced else set()),
        rooms={seen.hold.room_id} | ({replaced.room_id} if replaced else set()),
        patients=[seen.entry.patient_id],
    )
    offer = _lock_open(offer_id, now)
    entry = _lock_entry(offer.entry_id)
    visit = _take(seen, by=by, now=now)
    offer.state, offer.answered_at = OfferState.ACCEPTED, now
    offer.save(update_fields=["state", "answered_at"])
    _end(entry, EntryEnd.SERVED, now=now)
    _say_no_more(offer, now=now)
    record(
        verb="waitlist.accepted",
        subject=offer,
        by=by,
        now=now,
        patient_id=entry.patient_id,
        appointment=str(visit.pk),
    )
    return visit


@again_after_deadlock
@transaction.atomic
def decline_offer(*, offer_id: UUID, by: Actor, now: datetime) -> None:
    """Give the time back; the patient stays on the list. Raises OfferOver."""
    seen = queries.offer(offer_id)
    lock_resources(
        physicians=[seen.hold.physician_id],
        rooms=[seen.hold.room_id],
        patients=[seen.entry.patient_id],
    )
    offer = _lock_open(offer_id, now)
    _close(offer, OfferState.DECLINED, by=by, now=now, verb="waitlist.declined")


@again_after_deadlock
@transaction.atomic
def withdraw_offer(*, offer_id: UUID, by: StaffMember, now: datetime) -> None:
    """The desk takes an offer back. Raises OfferOver when it was answered meanwhile."""
    seen = queries.offer(offer_id)
    lock_resources(
        physicians=[seen.hold.physician_id],
        rooms=[seen.hold.room_id],
        patients=[seen.entry.patient_id],
    )
    offer = _lock_open(offer_id, now)
    _close(offer, OfferState.WITHDRAWN, by=by, now=now, verb="waitlist.withdrawn")


def _take(offer: SlotOffer, *, by: Actor, now: datetime) -> Appointment:
    """The kept time becomes the visit: of the session that has one already, of the session that
    has none, or of its own."""
    hold, entry = offer.hold, offer.entry
    session = entry.session
    if session is None:
        return confirm_hold(hold_id=hold.pk, by=offer.made_by, acting=by, now=now)
    if not queries.is_to_treat(entry):
        raise rules.OfferOver(terms.OFFER_OVER)
    give_back_hold(hold_id=hold.pk, by=by, now=now)
    visit = queries.visit_to_replace(entry)
    if visit is not None:
        return booking.move_appointment(
            appointment_id=visit.pk,
            starts_at=hold.starts_at,
            physician=hold.physician,
            room=hold.room,
            seen_version=visit.version,
            by=by,
            now=now,
        )
    (booked,) = book_course(
        plan=session.plan,
        visits=[
            Visit(
                patient=entry.patient,
                physician=hold.physician,
                room=hold.room,
                kind=AppointmentKind.SESSION,
                starts_at=hold.starts_at,
                ends_at=hold.ends_at,
                physician_from=hold.physician_from,
            )
        ],
        request_key=uuid4(),
        by=offer.made_by,
        now=now,
    )
    return booked


def _lock_entry(entry_id: UUID) -> WaitlistEntry:
    return WaitlistEntry.objects.select_for_update(no_key=True).get(pk=entry_id)


def _lock_open(offer_id: UUID, now: datetime) -> SlotOffer:
    offer = (
        SlotOffer.objects.select_for_update(no_key=True, of=("self",))
        .select_related("entry", "hold")
        .get(pk=offer_id)
    )
    if not offer.is_open(now):
        raise rules.OfferOver(terms.OFFER_OVER)
    return offer


def _close(offer: SlotOffer, state: OfferState, *, by: Actor, now: datetime, verb: str) -> None:
    give_back_hold(hold_id=offer.hold_id, by=by, now=now)
    offer.state, offer.answered_at = state, now
    offer.save(update_fields=["state", "answered_at"])
    _say_no_more(offer, now=now)
    record(
        verb=verb,
        subject=offer,
        by=by,
        now=now,
        patient_id=offer.entry.patient_id,
    )


def _let_go_of_expired(entry: WaitlistEntry, *, now: datetime) -> None:
    """An offer that nobody answered keeps nothing; its row says so when the next one is made."""
    entry.offers.filter(state=OfferState.OPEN, expires_at__lte=now).update(
        state=OfferState.EXPIRED, answered_at=now
    )


def _say_no_more(offer: SlotOffer, *, now: datetime) -> None:
    cancel_messages(about_ids=[offer.pk], why=terms.OFFER_GONE, now=now)
    drop_calls(messages=messages_needing_the_desk().filter(about_id=offer.pk), now=now)


def _end(entry: WaitlistEntry, why: EntryEnd, *, now: datetime) -> None:
    entry.ended_at, entry.ended_why = now, why
    entry.save(update_fields=["ended_at", "ended_why"])
