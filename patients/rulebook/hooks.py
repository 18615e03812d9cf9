"""What the rulebook asks of later slices when the rules change."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from clinic.audit.actions import Actor
from clinic.hooks import Hook


@dataclass(frozen=True, slots=True)
class OpenCourse:
    """A patient with an open course, and the request of the newest verdict for it."""

    patient_id: UUID
    patient_name: str
    request: dict[str, Any]


@dataclass(frozen=True, slots=True)
class OpenCourses:
    """`courses`: as many as were asked for, the newest first; `count`: how many there are."""

    count: int
    courses: Sequence[OpenCourse]


# How a change is tried before it takes effect: open_courses(most).
open_courses: Hook[[int], OpenCourses] = Hook("open courses")

# Whose open course has no verdict under this version yet: behind(version, most, without).
patients_behind: Hook[[str, int, Collection[UUID]], Sequence[UUID]] = Hook("patients behind")

# Screen one patient by the rules in force, and let the course follow: (patient_id, by, now).
screen_again: Hook[[UUID, Actor, datetime], Any] = Hook("screen again")
