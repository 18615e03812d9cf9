"""Photographs of the demo: drawn faces of nobody, with the spots that the score of the day names."""

import io
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from uuid import uuid4

from django.utils import timezone
from PIL import Image, ImageDraw, ImageFilter

from clinic.management.demo.course import consent
from clinic.management.demo.house import House
from patients.consents.terms import ConsentKind, Decision
from patients.records.models import Patient
from treatments.analysis.models import SkinAnalysis
from treatments.photographs.actions import keep_photograph
from treatments.photographs.terms import CHECKS, Modality, View
from treatments.plans.models import TreatmentPlan
from treatments.plans.terms import PlanState

SIZE = (900, 1200)
VIEWS = (View.FRONTAL, View.OBLIQUE_LEFT, View.OBLIQUE_RIGHT)
# By how much of the width the middle of the face is turned aside.
TURNED = {View.FRONTAL: 0.0, View.OBLIQUE_LEFT: 0.13, View.OBLIQUE_RIGHT: -0.13}
MOST_MMASI = 24
COURSES = 2


def take_photographs(house: House) -> None:
    """Before and after of the first completed courses, the views and the light the same each time."""
    courses = TreatmentPlan.objects.filter(state=PlanState.COMPLETED).select_related("patient")
    told = 0
    for plan in courses.order_by("set_at", "pk"):
        scored = plan.patient.analyses.filter(mmasi__isnull=False)
        analyses = list(scored.order_by("analysed_on", "recorded_at"))
        if len(analyses) < 2:
            continue
        _album(plan.patient, (analyses[0], analyses[-1]), house=house)
        told += 1
        if told == COURSES:
            return


def _album(patient: Patient, analyses: Sequence[SkinAnalysis], *, house: House) -> None:
    agreed_at = analyses[0].recorded_at - timedelta(minutes=10)
    desk = house.receptionists[0]
    consent(patient, ConsentKind.CLINICAL_PHOTOS, Decision.GIVEN, by=desk, at=agreed_at)
    for analysis in analyses:
        at = analysis.recorded_at - timedelta(minutes=5)
        for view in VIEWS:
            keep_photograph(
                patient=patient,
                content=a_face(view, share=float(analysis.mmasi or 0) / MOST_MMASI, of=patient),
                view=view,
                modality=Modality.DAYLIGHT,
                taken_on=timezone.localdate(at),
                checks=dict.fromkeys(CHECKS, True),
                device="Tablet 1",
                request_key=uuid4(),
                by=house.nurse,
                now=at,
            )


def a_face(view: View, *, share: float, of: Patient) -> bytes:
    """A drawn face from this side; `share` of the largest score makes its spots large and dark."""
    width, height = SIZE
    picture = Image.new("RGB", SIZE, (128, 128, 128))
    draw = ImageDraw.Draw(picture)
    aside = TURNED[view] * width
    middle = width / 2 + aside * 0.4

    def oval(x: float, y: float, wide: float, high: float, fill: tuple[int, int, int]) -> None:
        draw.ellipse((x - wide, y - high, x + wide, y + high), fill=fill)

    oval(width / 2, height * 0.36, width * 0.37, height * 0.31, (58, 42, 36))
    draw.rounded_rectangle(
        (width * 0.4, height * 0.7, width * 0.6, height), radius=60, fill=(202, 156, 128)
    )
    oval(width / 2, height * 0.47, width * 0.31, height * 0.33, (219, 175, 148))
    places = Random(of.number)  # noqa: S311  (the same face each time)
    dark = 0.25 + 1.1 * share
    brown = (int(219 - 70 * dark), int(175 - 72 * dark), int(148 - 66 * dark))
    for side in (-1, 1):
        for _each in range(14):
            x = middle + side * width * places.uniform(0.1, 0.22)
            y = height * places.uniform(0.5, 0.62)
            wide = width * places.uniform(0.012, 0.04) * (0.5 + 2 * share)
            oval(x, y, wide, wide * places.uniform(0.5, 0.9), brown)
    picture = picture.filter(ImageFilter.GaussianBlur(4))
    draw = ImageDraw.Draw(picture)
    for side in (-1, 1):
        x = middle + side * width * 0.13
        oval(x, height * 0.43, width * 0.05, height * 0.016, (248, 244, 240))
        oval(x + aside * 0.05, height * 0.43, width * 0.018, height * 0.0145, (46, 34, 30))
        draw.arc(
            (x - width * 0.07, height * 0.375, x + width * 0.07, height * 0.42),
            200, 340, fill=(70, 50, 42), width=9,
        )  # fmt: skip
    nose = middle + aside * 0.25
    draw.line((nose, height * 0.45, nose + aside * 0.1, height * 0.56), (190, 142, 118), 7)
    oval(nose, height * 0.57, width * 0.045, height * 0.014, (203, 156, 131))
    oval(middle, height * 0.66, width * 0.085, height * 0.016, (176, 98, 92))
    written = io.BytesIO()
    picture.filter(ImageFilter.GaussianBlur(1.2)).save(written, "JPEG", quality=90)
    return written.getvalue()
