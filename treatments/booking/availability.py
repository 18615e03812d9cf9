"""Which times are free in a window of days, and why another one is not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from clinic.hours.models import Device, Room
from clinic.hours.queries import (
    Away,
    OpenCalendar,
    clinic_zone,
    day_bounds,
    days_between,
    local_date,
    open_calendar,
)
from clinic.hours.rules import EarlyClose
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking import rules
from treatments.booking.free_slots import Wish, free_starts
from treatments.booking.rules import AT_ONCE, Span, Taken, clash
from treatments.booking.taken import busy_spans
from treatments.booking.terms import Resource


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time in a room; the physician comes when the skin is numb."""

    span: Span
    room: Room
    numbing: timedelta = AT_ONCE

    @property
    def physician_from(self) -> datetime:
        return self.span.starts_at + self.numbing


@dataclass(frozen=True, slots=True)
class Availability:
    """What is open, who is there and what is taken in a window of days: read once, asked often."""

    physician_id: UUID
    patient_id: UUID | None
    openings: Mapping[date, Sequence[Span]]
    closed: Mapping[date, str]
    taken: Mapping[date, Sequence[Taken]]
    now: datetime
    nurse_id: UUID | None = None
    device_id: UUID | None = None
    closed_early: Mapping[date, EarlyClose] = field(default_factory=dict)
    # When somebody with hours of their own does not work although the clinic is open, by day.
    off_work: Mapping[UUID, Mapping[date, Sequence[Span]]] = field(default_factory=dict)
    away: Mapping[UUID, Sequence[Away]] = field(default_factory=dict)

    def free(
        self, day: date, room: Room, length: timedelta, numbing: timedelta = AT_ONCE
    ) -> list[Span]:
        """The free times of one day for room and patient, and for the physician after the numbing."""
        whole: list[Span] = []
        in_treatment: list[Span] = []
        for each in self.taken.get(day, ()):
            needed_throughout = (
                each.room_id == room.pk
                or (self.patient_id is not None and each.patient_id == self.patient_id)
                or (self.nurse_id is not None and each.nurse_id == self.nurse_id)
            )
            if needed_throughout:
                whole.append(each.span)
            elif each.physician_id == self.physician_id or (
                self.device_id is not None and each.device_id == self.device_id
            ):
                in_treatment.append(each.treatment)
        return rules.free_slots(
            self.openings.get(day, ()),
            [*whole, *self._not_there(day, room.pk, self.nurse_id)],
            busy_in_treatment=[
                *in_treatment, *self._not_there(day, self.physician_id, self.device_id)
            ],
            length=length,
            numbing=numbing,
            step=rules.STEP,
            not_before=self.now,
        )  # fmt: skip

    def offers(
        self, day: date, rooms: Iterable[Room], length: timedelta, numbing: timedelta = AT_ONCE
    ) -> list[Offer]:
        """The free times of one day in any of `rooms`, each with the first room that has it."""
        offers: dict[datetime, Offer] = {}
        for room in rooms:
            for span in self.free(day, room, length, numbing):
                offers.setdefault(span.starts_at, Offer(span, room, numbing))
        return [offers[start] for start in sorted(offers)]

    def is_open(self, span: Span) -> bool:
        return rules.lies_within(span, self.openings.get(local_date(span.starts_at), ()))

    def in_the_way(
        self, span: Span, room: Room, numbing: timedelta = AT_ONCE
    ) -> tuple[Resource, Taken] | None:
        """The first visit that meets `span`, and what of it is needed for both."""
        wish = self._wish(span, room, numbing)
        for each in self.taken.get(local_date(span.starts_at), ()):
            shared = clash(wish, each)
            if shared is not None:
                return shared, each
        return None

    def away_then(
        self, span: Span, room: Room, numbing: timedelta = AT_ONCE
    ) -> tuple[Resource, Away] | None:
        """Who or what is kept free during `span` and needed for it; the person first."""
        treated = self._wish(span, room, numbing).treatment
        needed = (
            (Resource.PHYSICIAN, self.physician_id, treated),
            (Resource.NURSE, self.nurse_id, span),
            (Resource.ROOM, room.pk, span),
            (Resource.DEVICE, self.device_id, treated),
        )
        for resource, of, during in needed:
            for each in self.away.get(of, ()) if of else ():
                if each.starts_at < during.ends_at and during.starts_at < each.ends_at:
                    return resource, each
        return None

    def works(self, span: Span, numbing: timedelta = AT_ONCE) -> bool:
        """Whether the physician works in the hours of their own during the treatment."""
        day = local_date(span.starts_at)
        treated = Span(span.starts_at + numbing, span.ends_at)
        off = self.off_work.get(self.physician_id, {}).get(day, ())
        return not any(rules.overlaps(each, treated) for each in off)

    def away_all_day(self, day: date) -> Away | None:
        """The absence of the physician that covers every hour in which the clinic is open."""
        spans = self.openings.get(day, ())
        for each in self.away.get(self.physician_id, ()):
            if spans and all(
                each.starts_at <= span.starts_at and span.ends_at <= each.ends_at for span in spans
            ):
                return each
        return None

    def is_day_off(self, day: date) -> bool:
        """The clinic is open, and the physician has no hours on this day."""
        own = self.off_work.get(self.physician_id)
        spans = rules.joined(self.openings.get(day, ()))
        return bool(own is not None and spans and rules.joined(own.get(day, ())) == spans)

    def _wish(self, span: Span, room: Room, numbing: timedelta) -> Taken:
        return Taken(
            self.physician_id,
            room.pk,
            self.patient_id,
            span,
            span.starts_at + numbing,
            self.nurse_id,
            self.device_id,
        )

    def _not_there(self, day: date, *resources: UUID | None) -> list[Span]:
        starts, ends = day_bounds(day)
        spans: list[Span] = []
        for of in resources:
            if of is None:
                continue
            spans += self.off_work.get(of, {}).get(day, ())
            spans += [
                Span(each.starts_at, each.ends_at)
                for each in self.away.get(of, ())
                if each.starts_at < ends and starts < each.ends_at
            ]
        return spans


def availability(
    *,
    physician: StaffMember,
    rooms: Sequence[Room],
    patient: Patient | None,
    first: date,
    last: date,
    now: datetime,
    excluding: UUID | None = None,
    nurse: StaffMember | None = None,
    device: Device | None = None,
    excluding_hold: UUID | None = None,
) -> Availability:
    """Five statements, however many days, rooms and years of history."""
    calendar = open_calendar(
        first,
        last,
        members=[each.pk for each in (physician, nurse) if each],
        rooms=[each.pk for each in rooms],
        devices=[device.pk] if device else [],
    )
    taken: dict[date, list[Taken]] = {}
    for each in busy_spans(
        starts_at=day_bounds(first)[0],
        ends_at=day_bounds(last)[1],
        physician=physician,
        rooms=rooms,
        patient=patient,
        nurse=nurse,
        device=device,
        excluding=excluding,
        excluding_hold=excluding_hold,
        now=now,
    ):
        taken.setdefault(local_date(each.span.starts_at), []).append(each)
    openings = as_spans(calendar.openings)
    return Availability(
        physician_id=physician.pk,
        patient_id=patient.pk if patient else None,
        openings=openings,
        closed=calendar.closed,
        taken=taken,
        now=now,
        nurse_id=nurse.pk if nurse else None,
        device_id=device.pk if device else None,
        closed_early=calendar.closed_early,
        off_work={
            member: {day: rules.outside(openings[day], own[day]) for day in own}
            for member, own in working_spans(calendar).items()
        },
        away=away_by_resource(calendar),
    )


def free_slots_for(
    *,
    physician: StaffMember,
    rooms: Sequence[Room],
    patient: Patient | None,
    first: date,
    last: date,
    length: timedelta,
    now: datetime,
    excluding: UUID | None = None,
    numbing: timedelta = AT_ONCE,
    nurse: StaffMember | None = None,
    device: Device | None = None,
    excluding_hold: UUID | None = None,
) -> dict[date, list[Offer]]:
    """The free times of each day between both ends, in any of `rooms` (the first that is free), by
    one statement. Whoever must also say why a time is not free asks for the `availability`.

    `length` is that of the physician; room and patient are needed for the `numbing` before it too.
    """
    found = free_starts(
        Wish(
            physician=physician.pk,
            rooms=[room.pk for room in rooms],
            first=first,
            last=last,
            length=length,
            numbing=numbing,
            patient=patient.pk if patient else None,
            nurse=nurse.pk if nurse else None,
            device=device.pk if device else None,
            excluding=excluding,
            hold=excluding_hold,
        ),
        now=now,
    )
    free: dict[date, list[Offer]] = {day: [] for day in days_between(first, last)}
    zone, whole = clinic_zone(), numbing + length
    for start, place in found:
        offer = Offer(Span(start, start + whole), rooms[place], numbing)
        free[start.astimezone(zone).date()].append(offer)
    return free


def as_spans(
    openings: Mapping[date, Sequence[tuple[datetime, datetime]]],
) -> dict[date, list[Span]]:
    return {day: [Span(*each) for each in spans] for day, spans in openings.items()}


def working_spans(calendar: OpenCalendar) -> dict[UUID, dict[date, list[Span]]]:
    return {member: as_spans(own) for member, own in calendar.working.items()}


def away_by_resource(calendar: OpenCalendar) -> dict[UUID, list[Away]]:
    away: dict[UUID, list[Away]] = {}
    for each in sorted(calendar.away, key=lambda each: each.starts_at):
        away.setdefault(each.of, []).append(each)
    return away
