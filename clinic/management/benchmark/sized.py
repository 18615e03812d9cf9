"""Clinics of 1,000, 10,000 and 100,000 appointments: the same coming weeks, ever longer pasts.

What is searched and shown lies ahead and is the same at every size; what is added from size to
size lies behind. Whatever grows, then, is paid for data that do not matter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from io import StringIO
from random import Random
from typing import Any
from uuid import uuid4

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from clinic.hours.models import Room
from clinic.management.demo import bulk, course, story
from clinic.management.demo.course import moment
from clinic.management.demo.house import House
from clinic.management.demo.people import people
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.records.models import Patient
from treatments.booking.models import Appointment
from treatments.booking.terms import EXPECTED, AppointmentKind, AppointmentState
from treatments.plans.models import TreatmentPlan

SMALL_STORY = 10  # patients made by the real actions: the pattern of all others
COMING_COURSES = 40  # whose reminders become due
DAYS = 90
BUSY = 450  # appointments of the searched physician in the window
A_DAY, A_WEEK = 40, 200
TODAY = 30
YEARS = 5
A_WEEK_BACK = 1 / 52
# Courses of the past end before the coming ones begin.
PAST_ENDS = timedelta(days=150)
SESSIONS = 6  # of a course, on average


@dataclass
class Sized:
    """One clinic, growing from size to size, and whom the works ask about."""

    house: House
    now: datetime
    random: Random
    searched: StaffMember
    room: Room
    shown_on: date
    known: Patient
    contended: list[tuple[StaffMember, Room]]
    courses: list[TreatmentPlan]
    crowd: list[Patient]

    def grow(self, size: int, tell: Callable[[str], object]) -> None:
        """Add courses of the past, and patients who only registered, until there are `size` of both."""
        missing = size - Appointment.objects.count()
        if missing > 0:
            bulk.load(
                count=max(1, missing // SESSIONS),
                years=YEARS,
                seed=size,
                now=self.now - PAST_ENDS,
                step=lambda _count: tell(f"{Appointment.objects.count()} appointments"),
            )
            past = Appointment.objects.filter(starts_at__lt=self.now - timedelta(days=2))
            past.filter(state__in=EXPECTED).update(state=AppointmentState.MISSED)
            Message.objects.filter(
                state=MessageState.PENDING, due_at__lt=self.now - timedelta(days=2)
            ).update(state=MessageState.EXPIRED)
        registered_only(size - Patient.objects.count(), random=self.random, now=self.now)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def begin(*, seed: int, tell: Callable[[str], object]) -> Sized:
    """The part that is the same at every size."""
    random = Random(seed)  # noqa: S311  (reproducible)
    now = timezone.localtime(timezone.now())
    call_command("load_catalogue", stdout=StringIO())  # ours is for the table, or for JSON
    tell("a small clinic by the real actions")
    story.tell(count=SMALL_STORY, seed=seed, now=now, step=lambda: None)
    house = story.prepare(now=now)
    bulk.load(count=COMING_COURSES, years=A_WEEK_BACK, seed=seed, now=now, step=lambda _count: None)
    crowd = registered_only(100, random=random, now=now)
    teams = [_team(number) for number in range(6)]
    shown_on = _monday_after(now.date() + timedelta(days=28))
    rows = _window(teams[0], crowd, now=now, shown_on=shown_on)
    rows += _filled_week(teams[1:], crowd, shown_on)
    rows += _today(teams, crowd, now)
    rows.sort(key=lambda each: each.starts_at)
    Appointment.objects.bulk_create(rows, batch_size=2000)
    known = Patient.objects.filter(plans__isnull=False).order_by("-plans__set_at")[0]
    sized = Sized(
        house, now, random, *teams[0], shown_on, known, [_team(7), _team(8)], [], crowd
    )  # fmt: skip
    tell("courses to book")
    sized.courses = [_a_course(sized, number) for number in range(16)]
    return sized


def registered_only(count: int, *, random: Random, now: datetime) -> list[Patient]:
    """Patients with a name and a telephone, who never came."""
    if count <= 0:
        return []
    rows = []
    crowd = people(count, random=random, today=now.date())
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patient_number') FROM generate_series(1, %s)", [count])
        numbers = [row[0] for row in cursor.fetchall()]
    for person, number in zip(crowd, numbers, strict=True):
        patient = Patient(
            number=number,
            registered_at=now,
            full_name=person.full_name,
            born_on=person.born_on,
            sex=person.sex,
            phone=person.phone,
            email=f"listed{number}@demo.example" if person.email else "",
            language=person.language,
            reminders=person.reminders,
        )
        patient.set_keys()
        rows.append(patient)
    return Patient.objects.bulk_create(rows, batch_size=2000)


def _team(number: int) -> tuple[StaffMember, Room]:
    physician = StaffMember.objects.create_user(
        f"measured{number}@demo.example",
        full_name=f"Ölçüm {number}",
        title="Dr.",
        role=Role.PHYSICIAN,
        certificate_number=f"GETAT-M{number}",
        certificate_expires_on=date(2035, 1, 1),
    )
    return physician, Room.objects.create(name=f"Oda M{number}")


def _monday_after(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7 or 7)


def _row(
    team: tuple[StaffMember, Room], patient: Patient, start: datetime, **more: Any
) -> Appointment:
    physician, room = team
    return Appointment(
        id=uuid4(),
        patient=patient,
        physician=physician,
        room=room,
        kind=AppointmentKind.REVIEW,
        starts_at=start,
        physician_from=start,
        ends_at=start + timedelta(minutes=30),
        booked_by=physician,
        booked_at=start - timedelta(days=30),
        **more,
    )


def _times(day: date) -> list[datetime]:
    return [moment(day, time(hour, minute)) for hour in range(9, 18) for minute in (0, 30)]


def _window(
    team: tuple[StaffMember, Room], crowd: list[Patient], *, now: datetime, shown_on: date
) -> list[Appointment]:
    """The searched physician's appointments: as many each day, and eight on those that are shown."""
    days = [now.date() + timedelta(days=n) for n in range(1, DAYS + 1)]
    days = [day for day in days if day.weekday() < 6]
    shown = {shown_on + timedelta(days=n) for n in range(5)}
    others = [day for day in days if day not in shown]
    each, rest = divmod(BUSY - 8 * len(shown), len(others))
    rows = []
    for place, day in enumerate(others):
        times = _times(day)
        wanted = each + (place < rest)
        spread = [times[n * len(times) // wanted] for n in range(wanted)]
        rows += [
            _row(team, crowd[n % len(crowd)], start) for n, start in enumerate(spread)
        ]  # fmt: skip
    for day in shown:
        rows += [_row(team, crowd[n], _times(day)[n]) for n in range(8)]
    return rows


def _filled_week(
    teams: list[tuple[StaffMember, Room]], crowd: list[Patient], shown_on: date
) -> list[Appointment]:
    rows = []
    per_team = (A_DAY - 8) // (len(teams) - 1)
    for day in (shown_on + timedelta(days=n) for n in range(A_WEEK // A_DAY)):
        for place, team in enumerate(teams[:-1], start=1):
            rows += [
                _row(team, crowd[place * 10 + n], _times(day)[n]) for n in range(per_team)
            ]  # fmt: skip
    return rows


def _today(
    teams: list[tuple[StaffMember, Room]], crowd: list[Patient], now: datetime
) -> list[Appointment]:
    per_team = TODAY // len(teams)
    return [
        _row(team, crowd[60 + place * per_team + n], _times(now.date())[n])
        for place, team in enumerate(teams)
        for n in range(per_team)
    ]


def _a_course(sized: Sized, number: int) -> TreatmentPlan:
    """A patient who was asked everything and for whom eight sessions are set, not booked."""
    physician, _room = sized.contended[number % 2]
    (person,) = people(1, random=sized.random, today=sized.now.date())
    at = sized.now - timedelta(hours=2)
    patient = course.come_in(person, house=sized.house, at=at)
    course.answer_intake(patient, house=sized.house, at=at)
    look = story.LOOKS["melasma"]
    analysis = course.analyse(
        patient, look, severity=0.5, by=physician, at=at, random=sized.random
    )  # fmt: skip
    cocktail = course.compose(patient, story.RECIPES[0], by=physician, at=at)
    return course.plan_course(
        patient, analysis, cocktail, sessions=8, interval=7, by=physician, at=at
    )
