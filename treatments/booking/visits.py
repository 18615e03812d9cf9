"""What is wished for, and whether it can be: the clinic's hours, who is there, and what is taken."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import NoReturn
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from clinic.hours.models import Device, Room
from clinic.hours.queries import Away, clinic_zone, days_between, local_date
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability, Role
from patients.records.models import Patient
from treatments.booking import hooks, queries, rules, terms
from treatments.booking.locks import lock_resources
from treatments.booking.looking import Look, look_at
from treatments.booking.models import Appointment, SlotHold
from treatments.booking.rules import NotBookable, SlotTaken, Span, Taken
from treatments.booking.spans import NEAREST
from treatments.booking.terms import AppointmentKind, Resource

LOOK_AHEAD = timedelta(days=14)  # how far other times and the next open day are looked for
# Whoever finds enough from the day before until here has found the nearest: what lies later is more
# than two days away, and what lies on the day before is less.
NEAR = timedelta(days=2)
EXCLUSIONS = {
    "physician_is_never_in_two_places": Resource.PHYSICIAN,
    "room_never_holds_two_visits": Resource.ROOM,
    "nurse_is_never_in_two_places": Resource.NURSE,
    "device_is_never_used_twice": Resource.DEVICE,
    "patient_is_never_in_two_places": Resource.PATIENT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is wished for: whose time, where, and when.

    The physician, and the device, are needed from `physician_from` on; without it at once.
    `overbooked_because`: why this is booked although the time may be taken.
    """

    patient: Patient
    physician: StaffMember
    room: Room
    kind: AppointmentKind
    starts_at: datetime
    ends_at: datetime
    physician_from: datetime | None = None
    nurse: StaffMember | None = None
    device: Device | None = None
    overbooked_because: str = ""

    @property
    def span(self) -> Span:
        return Span(self.starts_at, self.ends_at)

    @property
    def treated_from(self) -> datetime:
        return self.physician_from or self.starts_at

    @property
    def numbing(self) -> timedelta:
        return self.treated_from - self.starts_at

    @property
    def taken(self) -> Taken:
        return Taken(
            self.physician.pk,
            self.room.pk,
            self.patient.pk,
            self.span,
            self.treated_from,
            self.nurse.pk if self.nurse else None,
            self.device.pk if self.device else None,
        )

    def who(self, resource: Resource) -> str:
        named = {
            Resource.PHYSICIAN: self.physician.display_name,
            Resource.ROOM: self.room.name,
            Resource.PATIENT: self.patient.full_name,
            Resource.NURSE: self.nurse.display_name if self.nurse else "",
            Resource.DEVICE: self.device.name if self.device else "",
        }
        return named[resource]


def visit_of(booked: Appointment | SlotHold) -> Visit:
    """The wish that an appointment, or a kept time, answers."""
    full = booked if isinstance(booked, Appointment) else None
    return Visit(
        patient=booked.patient,
        physician=booked.physician,
        room=booked.room,
        kind=AppointmentKind(booked.kind),
        starts_at=booked.starts_at,
        ends_at=booked.ends_at,
        physician_from=booked.physician_from,
        nurse=full.nurse if full else None,
        device=full.device if full else None,
        overbooked_because=full.overbooked_because if full else "",
    )


def lock_visits(visits: Sequence[Visit]) -> None:
    lock_resources(
        physicians=(visit.physician.pk for visit in visits),
        nurses=(visit.nurse.pk for visit in visits if visit.nurse),
        rooms=(visit.room.pk for visit in visits),
        devices=(visit.device.pk for visit in visits if visit.device),
        patients=(visit.patient.pk for visit in visits),
    )


def look_for(
    visits: Sequence[Visit],
    *,
    now: datetime,
    excluding: UUID | None = None,
    hold: SlotHold | None = None,
) -> Look:
    """All that decides about these visits but what a listener knows, in one statement."""
    days = [local_date(visit.starts_at) for visit in visits]
    return look_at(
        [visit.taken for visit in visits],
        first=min(days),
        last=max(days) + LOOK_AHEAD,
        now=now,
        excluding=excluding,
        hold=hold,
    )


def check_bookable(visits: Sequence[Visit], *, now: datetime, seen: Look | None = None) -> None:
    """Refuse what the clinic's hours, rooms, devices or people do not allow, whoever is free.

    `seen`: what was read; otherwise one statement, however many visits. Raises NotBookable.
    """
    check_who(visits)
    seen = seen or look_for(visits, now=now)
    days = sorted({local_date(visit.starts_at) for visit in visits})
    calendar = seen.calendar(days)
    openings = queries.as_spans(calendar.openings)
    working = queries.working_spans(calendar)
    away = queries.away_by_resource(calendar)
    zone = clinic_zone()
    for visit in visits:
        day = local_date(visit.starts_at)
        rules.check_bookable(
            visit.span,
            openings=openings if openings[day] else _until_next_open_day(seen, day),
            closed=calendar.closed,
            closed_early=calendar.closed_early,
            now=now,
            zone=zone,
        )
        for resource, of, during in _needs(visit):
            who = visit.who(resource)
            if of in working:
                rules.check_at_work(during, who=who, working=working[of].get(day, ()), zone=zone)
            for each in away.get(of, ()):
                if each.starts_at < during.ends_at and during.starts_at < each.ends_at:
                    raise NotBookable(away_in_words(each, who=who, on=day))


def _until_next_open_day(seen: Look, day: date) -> dict[date, list[Span]]:
    """The days that a refusal looks through: who asks for an open day has no need of them."""
    return queries.as_spans(seen.calendar(list(days_between(day, day + LOOK_AHEAD))).openings)


def check_allowed(visits: Sequence[Visit], *, now: datetime, excluding: UUID | None = None) -> None:
    """Refuse a day on which somebody who knows the patient's treatments allows no such visit."""
    days: dict[tuple[Patient, AppointmentKind], list[date]] = {}
    for visit in visits:
        days.setdefault((visit.patient, visit.kind), []).append(local_date(visit.starts_at))
    for (patient, kind), wanted in days.items():  # a course is asked about once
        asked = hooks.DaysAsked(
            patient=patient,
            kind=kind,
            first=min(wanted),
            last=max(wanted),
            now=now,
            excluding=excluding,
        )
        blocked = hooks.blocked_days(asked)
        for day in wanted:
            if day in blocked:
                raise NotBookable(blocked[day])


def away_in_words(away: Away, *, who: str, on: date) -> str:
    return rules.away_in_words(
        away.kind,
        Span(away.starts_at, away.ends_at),
        who=who,
        why=away.why,
        on=on,
        zone=clinic_zone(),
    )


def check_who(visits: Sequence[Visit]) -> None:
    """Refuse people who do not do this here, things that are not in use, a treatment outside of its
    visit: what is known without looking. Raises NotBookable.
    """
    for visit in visits:
        if visit.physician.role != Role.PHYSICIAN or not visit.physician.is_active:
            raise NotBookable(terms.NOT_A_PHYSICIAN % {"who": visit.physician.display_name})
        nurse = visit.nurse
        if nurse is not None and (nurse.role != Role.NURSE or not nurse.is_active):
            raise NotBookable(terms.NOT_A_NURSE % {"who": nurse.display_name})
        for thing in (visit.room, visit.device):
            if thing is not None and not thing.is_active:
                raise NotBookable(terms.ROOM_NOT_IN_USE % {"who": thing.name})
        if not visit.starts_at <= visit.treated_from < visit.ends_at:
            raise NotBookable(terms.TREATMENT_OUTSIDE)


def _needs(visit: Visit) -> Iterator[tuple[Resource, UUID, Span]]:
    """Who and what a visit needs, and when; the person first."""
    yield Resource.PHYSICIAN, visit.physician.pk, visit.taken.treatment
    if visit.nurse is not None:
        yield Resource.NURSE, visit.nurse.pk, visit.span
    yield Resource.ROOM, visit.room.pk, visit.span
    if visit.device is not None:
        yield Resource.DEVICE, visit.device.pk, visit.taken.treatment


def check_free(
    visits: Sequence[Visit],
    *,
    now: datetime,
    excluding: UUID | None = None,
    hold: SlotHold | None = None,
    seen: Look | None = None,
) -> list[Visit]:
    """Name who is in the way, read behind the locks; the constraint would only say that there is one.

    The visits come back, each with the reason of its overbooking only where something is in the way:
    what is free is an ordinary booking. `hold`: the kept time that is confirmed; it yields only to
    those that were made before it. `seen`: what was read; otherwise one statement. Raises SlotTaken.
    """
    seen = seen or look_for(visits, now=now, excluding=excluding, hold=hold)
    checked: dict[int, Visit] = {}
    for place, visit in sorted(enumerate(visits), key=lambda each: each[1].starts_at):
        wished = visit.taken
        clashes = [(rules.clash(wished, each), each) for each in seen.taken]
        met = [(resource, each) for resource, each in clashes if resource is not None]
        for resource, each in met:
            if visit.overbooked_because and resource != Resource.PATIENT and not each.is_hold:
                continue
            raise slot_taken(visit, resource, each.span, now=now, excluding=excluding)
        checked[place] = visit if met else replace(visit, overbooked_because="")
    return [checked[place] for place in range(len(visits))]


def refuse_early(visits: Sequence[Visit], *, by: object, now: datetime) -> None:
    """Turn away who cannot have these times by a look without any lock. Raises as the checks do.

    Nobody is let through by it: who passes is locked, looked at again and held to the constraints.
    """
    visits = check_may_overbook(visits, by=by)
    check_who(visits)
    seen = look_for(visits, now=now)
    check_bookable(visits, now=now, seen=seen)
    check_free(visits, now=now, seen=seen)


def check_may_overbook(visits: Sequence[Visit], *, by: object) -> list[Visit]:
    """The visits, their reasons trimmed. Raises MayNotOverbook, ReasonNeeded."""
    if not any(visit.overbooked_because for visit in visits):
        return list(visits)
    if not (isinstance(by, StaffMember) and by.may(Ability.OVERBOOK)):
        raise rules.MayNotOverbook(terms.MAY_NOT_OVERBOOK)
    return [
        replace(visit, overbooked_because=rules.check_reason(visit.overbooked_because)[:200])
        if visit.overbooked_because
        else visit
        for visit in visits
    ]


def slot_taken(
    visit: Visit,
    resource: Resource,
    taken: Span,
    *,
    now: datetime,
    excluding: UUID | None = None,
) -> SlotTaken:
    """The refusal in words, with the nearest times that are free for the same people and room."""

    def nearest_free() -> list[Span]:
        day, today = local_date(visit.starts_at), local_date(now)
        for days in (NEAR, LOOK_AHEAD):
            free = queries.free_slots_for(
                physician=visit.physician,
                rooms=[visit.room],
                patient=visit.patient,
                nurse=visit.nurse,
                device=visit.device,
                first=max(today, day - timedelta(days=1)),
                last=max(today, day) + days,
                length=visit.ends_at - visit.treated_from,
                numbing=visit.numbing,
                now=now,
                excluding=excluding,
            )
            spans = [offer.span for offers in free.values() for offer in offers]
            if len(spans) >= NEAREST:
                break
        return rules.nearest(spans, visit.starts_at)

    return SlotTaken(
        resource=resource,
        who=visit.who(resource),
        taken=taken,
        find_alternatives=nearest_free,
        zone=clinic_zone(),
    )


# Not a plain insert: in a herd that would deadlock in the exclusion constraint. In time order: two
# courses that meet then wait for each other in one direction only.
_INSERT = """
INSERT INTO treatments_appointment ({columns}) VALUES {rows} ON CONFLICT DO NOTHING RETURNING id
"""


def insert_visits(
    appointments: Sequence[Appointment], visits: Sequence[Visit], *, now: datetime
) -> None:
    """All of them in one statement, or SlotTaken; what was inserted then goes with the transaction."""
    fields = Appointment._meta.concrete_fields
    row = "(" + ", ".join(["%s"] * len(fields)) + ")"
    values = [
        field.get_db_prep_save(field.pre_save(each, add=True), connection)
        for each in sorted(appointments, key=lambda each: each.starts_at)
        for field in fields
    ]
    statement = _INSERT.format(
        columns=", ".join(connection.ops.quote_name(str(field.column)) for field in fields),
        rows=", ".join([row] * len(appointments)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        inserted = {key for (key,) in cursor.fetchall()}
    for each in appointments:
        if each.pk in inserted:
            each._state.adding, each._state.db = False, connection.alias
    missing = {(each.starts_at, each.ends_at) for each in appointments if each.pk not in inserted}
    if missing:
        try:
            refused = [each for each in visits if (each.starts_at, each.ends_at) in missing]
            _refuse_taken(refused, now=now)
        finally:
            transaction.set_rollback(True)  # whatever a caller makes of the refusal


def _refuse_taken(visits: Sequence[Visit], *, now: datetime) -> NoReturn:
    """What only the constraint saw: named by whoever stands there now."""
    check_free(visits, now=now)
    first = min(visits, key=lambda each: each.starts_at)
    raise slot_taken(first, Resource.PHYSICIAN, first.span, now=now)


@contextmanager
def taken_as_refusal(
    visits: Sequence[Visit], *, now: datetime, excluding: UUID | None = None
) -> Iterator[None]:
    """Turn a violated exclusion constraint into SlotTaken; anything else stays what it is."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as violation:
        diagnosis = getattr(violation.__cause__, "diag", None)
        resource = EXCLUSIONS.get(getattr(diagnosis, "constraint_name", None) or "")
        if resource is None:
            raise
        check_free(visits, now=now, excluding=excluding)
        first = min(visits, key=lambda each: each.starts_at)
        raise slot_taken(first, resource, first.span, now=now, excluding=excluding) from violation
