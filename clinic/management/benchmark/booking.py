"""Sixteen clients who book at once: single times that all want, and whole courses.

What came of it is counted in the database and not taken from the answers. The limit is one
statement per attempt, under the same constraints.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from random import Random
from threading import Barrier
from typing import Any
from uuid import uuid4

from django.db import connection, connections

from clinic.hours.models import Room
from clinic.management.benchmark.measuring import Work
from clinic.management.benchmark.sized import Sized
from clinic.management.demo.course import moment
from clinic.messages.models import Message
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from patients.records.models import Patient
from treatments.booking.actions import Visit, book
from treatments.booking.models import Appointment
from treatments.booking.terms import AppointmentKind
from treatments.plans.actions import book_course
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.terms import PlanState, SessionState

CLIENTS = 16
TIMES = 20
SESSIONS = 8
HALF_AN_HOUR = timedelta(minutes=30)
Team = tuple[StaffMember, Room]

_INSERT = """
INSERT INTO treatments_appointment (id, patient_id, physician_id, room_id, kind, state, starts_at,
    physician_from, ends_at, overbooked_because, version, booked_by_id, booked_at)
VALUES {rows} ON CONFLICT DO NOTHING RETURNING id
"""
_ROW = "(%s, %s, %s, %s, 'session', 'booked', %s, %s, %s, '', 1, %s, %s)"


class WrongCount(Exception):
    """More or fewer were booked than there are times."""


def book_one(sized: Sized) -> Work:
    """Every client wants every time of one physician, each in an order of its own."""
    starts = _starts(sized)
    orders = [Random(n).sample(starts, len(starts)) for n in range(CLIENTS)]  # noqa: S311
    patients = sized.crowd[-CLIENTS:]  # who have nothing else on those days
    desk = sized.house.receptionists[0]

    def attempt(team: Team, patient: Patient, start: datetime) -> None:
        book(
            patient=patient,
            physician=team[0],
            room=team[1],
            kind=AppointmentKind.REVIEW,
            starts_at=start,
            ends_at=start + HALF_AN_HOUR,
            by=desk,
            now=sized.now,
        )

    def insert(team: Team, patient: Patient, start: datetime) -> None:
        _insert([(patient, team, start)], desk, sized.now)

    def all_at_once(how: Callable[[Team, Patient, datetime], None], team: Team) -> list[float]:
        def client(place: int) -> list[Callable[[], None]]:
            return [
                lambda start=start: how(team, patients[place], start)  # type: ignore[misc]
                for start in orders[place]
            ]

        seconds = at_once([client(place) for place in range(CLIENTS)])
        _check_count(team, starts, len(starts))
        return seconds

    return Work(
        "book_one",
        lambda: all_at_once(attempt, sized.contended[0]),
        lambda: all_at_once(insert, sized.contended[1]),
        goal=10.0,
        rounds=5,
        count=CLIENTS * TIMES,
        after=lambda: _forget(sized.contended, starts),
        once=lambda: attempt(sized.contended[0], patients[0], starts[0]),
    )


def book_a_course(sized: Sized) -> Work:
    """Every client books eight sessions of its own; two physicians are wanted by eight each."""
    first = _starts(sized)[0] + timedelta(days=28)
    desk = sized.house.receptionists[0]
    wished: list[tuple[TreatmentPlan, list[Visit]]] = []
    for number, plan in enumerate(sized.courses):
        team = sized.contended[number % 2]
        begin = first + HALF_AN_HOUR * (number // 2)
        wished.append(
            (
                plan,
                [
                    Visit(
                        patient=plan.patient,
                        physician=team[0],
                        room=team[1],
                        kind=AppointmentKind.SESSION,
                        starts_at=begin + timedelta(days=7 * week),
                        ends_at=begin + timedelta(days=7 * week) + HALF_AN_HOUR,
                    )
                    for week in range(SESSIONS)
                ],
            )
        )
    patients = [plan.patient for plan in sized.courses]

    def attempt(plan: TreatmentPlan, visits: list[Visit]) -> None:
        book_course(plan=plan, visits=visits, request_key=uuid4(), by=desk, now=sized.now)

    def insert(_plan: TreatmentPlan, visits: list[Visit]) -> None:
        rows = [(each.patient, (each.physician, each.room), each.starts_at) for each in visits]
        _insert(rows, desk, sized.now)

    def all_at_once(how: Callable[[TreatmentPlan, list[Visit]], None]) -> list[float]:
        clients = [[lambda each=each: how(*each)] for each in wished]
        seconds = at_once(clients)
        booked = Appointment.objects.filter(patient__in=patients).count()
        if booked != len(wished) * SESSIONS:
            raise WrongCount(f"{booked} sessions were booked")
        return seconds

    def after() -> None:
        PlannedSession.objects.filter(plan__in=sized.courses).update(
            state=SessionState.PLANNED, appointment=None, wait_until=None
        )
        TreatmentPlan.objects.filter(pk__in=[plan.pk for plan in sized.courses]).update(
            state=PlanState.PROPOSED
        )
        Message.objects.filter(patient_id__in=[each.pk for each in patients]).delete()
        Appointment.objects.filter(patient__in=patients).delete()

    return Work(
        "book_course",
        lambda: all_at_once(attempt),
        lambda: all_at_once(insert),
        goal=4.0,
        rounds=5,
        count=len(wished),
        after=after,
        once=lambda: attempt(*wished[0]),
    )


def at_once(clients: Sequence[Sequence[Callable[[], None]]]) -> list[float]:
    """Let each client do its attempts in turn, all clients together; the seconds of each attempt."""
    barrier = Barrier(len(clients))

    def run(attempts: Sequence[Callable[[], None]]) -> list[float]:
        seconds = []
        try:
            connection.ensure_connection()
            barrier.wait(timeout=60)
            for attempt in attempts:
                began = time.perf_counter()
                with suppress(Refused):  # somebody else was faster: an answer like any other
                    attempt()
                seconds.append(time.perf_counter() - began)
        finally:
            connections.close_all()
        return seconds

    with ThreadPoolExecutor(len(clients)) as pool:
        return [each for done in pool.map(run, clients) for each in done]


def _starts(sized: Sized) -> list[datetime]:
    """Times that nobody else wants, on three days of the week after the one that is shown."""
    days = [sized.shown_on + timedelta(days=7 + n) for n in range(3)]
    clocks = [each.time() for each in _half_hours(sized, days[0])]
    return [moment(day, clock) for day in days for clock in clocks][:TIMES]


def _half_hours(sized: Sized, day: object) -> list[datetime]:
    begin = sized.now.replace(hour=9, minute=0, second=0, microsecond=0)
    return [begin + HALF_AN_HOUR * n for n in range(8)]


def _insert(
    rows: Sequence[tuple[Patient, Team, datetime]], desk: StaffMember, now: datetime
) -> None:
    values: list[Any] = []
    for patient, (physician, room), start in rows:
        values += [
            str(uuid4()), str(patient.pk), str(physician.pk), str(room.pk), start, start,
            start + HALF_AN_HOUR, str(desk.pk), now,
        ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(rows=", ".join([_ROW] * len(rows))), values)


def _check_count(team: Team, starts: Sequence[datetime], wanted: int) -> None:
    booked = Appointment.objects.filter(physician=team[0], starts_at__in=starts).count()
    if booked != wanted:
        raise WrongCount(f"{booked} of {wanted} times were booked")


def _forget(teams: Sequence[Team], starts: Sequence[datetime]) -> None:
    Appointment.objects.filter(
        physician__in=[team[0] for team in teams], starts_at__in=starts
    ).delete()
