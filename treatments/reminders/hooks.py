"""What a later slice lays into the letters about a visit. Asked in the moment of sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from clinic.hooks import Hook
from clinic.messages.hooks import Attachment
from treatments.booking.models import Appointment


@dataclass(frozen=True, slots=True)
class Enclosure:
    """Lines under the text, in the patient's language, and files that go along."""

    text: str
    attachments: tuple[Attachment, ...] = ()


# Called for a visit that takes place, in the language of its patient.
enclosed: Hook[[Appointment, datetime], Enclosure | None] = Hook("enclosed in a letter")

# Called with all visits of a course of which one letter tells, the earliest first.
enclosed_with_course: Hook[[Sequence[Appointment], datetime], Enclosure | None] = Hook(
    "enclosed in the letter about a course"
)
