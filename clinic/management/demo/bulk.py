"""Large demo clinics: years of courses, loaded in bulk under the same constraints.

The patients made by the real actions are the pattern: signed records, sheets and intakes are theirs
with other names and times. Who is treated now has an intake; older intakes have run out anyway.
"""

import json
from collections.abc import Callable
from datetime import date, datetime
from itertools import count as counting
from random import Random

from django.db import connection

from clinic.hours.models import Room
from clinic.management.demo.bulk_course import SLOTS, BulkCourse
from clinic.management.demo.bulk_rows import Pattern, Rows
from clinic.management.demo.people import people
from clinic.staff.models import StaffMember
from clinic.staff.terms import Role
from patients.consents.models import ConsentDecision
from patients.intake.models import Answer
from patients.records.models import Patient
from treatments.aftercare.models import AftercareSheet

BATCH = 500  # patients per transaction
FULLEST = 0.6  # of a physician's slots: beyond it a free series is hard to find
MEAN_SESSIONS = 5.5


def load(
    *, count: int, years: float, seed: int, now: datetime, step: Callable[[int], object]
) -> None:
    """Add `count` patients whose courses began over the past `years`. `step` is told how many came."""
    random = Random(seed + 1)  # noqa: S311
    patterns = _patterns()
    teams = _teams(count, years)
    taken: set[tuple[int, datetime]] = set()
    numbers = _numbers(count)
    crowd = people(count, random=random, today=now.date())
    for first in range(0, count, BATCH):
        rows = Rows()
        for person, number in zip(
            crowd[first : first + BATCH], numbers[first : first + BATCH], strict=True
        ):
            patient = Patient(
                number=number,
                registered_at=now,
                full_name=person.full_name,
                born_on=person.born_on,
                sex=person.sex,
                phone=person.phone,
                email=f"bulk{number}@demo.example" if person.email else "",
                language=person.language,
                reminders=person.reminders,
            )
            patient.set_keys()
            rows.patients.append(patient)
            BulkCourse(rows, patient, random, now).add(patterns, teams, taken, years)
        rows.insert()
        step(len(rows.patients))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _patterns() -> list[Pattern]:
    found = []
    sheets = AftercareSheet.objects.select_related(
        "signed_session__planned_session__plan__cocktail"
    )
    for sheet in sheets.order_by("-issued_at")[:20]:
        signed = sheet.signed_session
        found.append(
            Pattern(
                record=json.loads(signed.record),
                draws=list(signed.draws.all()),
                sheet=sheet.content,
                ended_at=signed.ended_at,
                plan=signed.planned_session.plan,
                answers=list(Answer.objects.filter(patient=sheet.patient, occasion="intake")),
                consents=list(ConsentDecision.objects.filter(patient=sheet.patient)),
            )
        )
    return found


def _teams(count: int, years: float) -> list[tuple[StaffMember, Room]]:
    """As many physicians, each with a room, as the courses need; new ones at every load."""
    slots = years * 365 * 6 / 7 * len(SLOTS) * FULLEST
    needed = max(2, round(count * MEAN_SESSIONS / slots + 0.5))
    teams: list[tuple[StaffMember, Room]] = []
    for number in counting(1 + Room.objects.filter(name__startswith="Oda B").count()):
        if len(teams) == needed:
            return teams
        physician = StaffMember.objects.create_user(
            f"bulk-physician{number}@demo.example",
            full_name=f"Hekim {number}",
            title="Dr.",
            role=Role.PHYSICIAN,
            certificate_number=f"GETAT-B{number}",
            certificate_expires_on=date(2035, 1, 1),
        )
        teams.append((physician, Room.objects.create(name=f"Oda B{number}")))
    return teams


def _numbers(count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patient_number') FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]
