"""Photographs to test with, kept by the real action."""

import io
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.utils.timezone import localdate
from PIL import Image, ImageDraw

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.consents.terms import ConsentKind
from patients.consents.tests.builders import decides
from patients.records.models import Patient
from patients.tests.builders import a_patient
from treatments.photographs import actions
from treatments.photographs.models import Photograph
from treatments.photographs.terms import CHECKS, Modality, View


def a_picture(size: tuple[int, int] = (320, 400), kind: str = "JPEG", **saved: Any) -> bytes:
    """A face of a kind: oval, two eyes, a brown spot on the side that is left in the picture."""
    width, height = size
    picture = Image.new("RGB", size, (120, 140, 150))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((width * 0.15, height * 0.1, width * 0.85, height * 0.9), fill=(214, 168, 140))
    for eye in (0.36, 0.64):
        draw.ellipse(
            (width * (eye - 0.03), height * 0.4, width * (eye + 0.03), height * 0.44),
            fill=(30, 20, 20),
        )
    draw.ellipse((width * 0.25, height * 0.55, width * 0.35, height * 0.62), fill=(120, 78, 55))
    written = io.BytesIO()
    picture.save(written, kind, **saved)
    return written.getvalue()


def who_agreed(**fields: Any) -> Patient:
    patient = a_patient(**fields)
    decides(patient, ConsentKind.CLINICAL_PHOTOS)
    return patient


def a_photograph(
    patient: Patient | None = None, *, now: datetime = NOW, by: Any = None, **fields: Any
) -> Photograph:
    values: dict[str, Any] = {
        "content": fields.pop("content", None) or a_picture(),
        "view": View.FRONTAL,
        "modality": Modality.DAYLIGHT,
        "taken_on": localdate(now),
        "checks": dict.fromkeys(CHECKS, True),
        "device": "Tablet",
        "request_key": uuid4(),
    }
    return actions.keep_photograph(
        patient=patient or who_agreed(), **(values | fields), by=by or clinic.nurse(), now=now
    )
