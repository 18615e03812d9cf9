"""Measurements to test with, made by the real action."""

from typing import Any
from uuid import uuid4

from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from treatments.analysis.terms import BodyRegion
from treatments.measuring import actions
from treatments.measuring.models import ColourMeasurement
from treatments.measuring.rules import Shape
from treatments.measuring.terms import Basis, Card, Outline
from treatments.measuring.tests import faces
from treatments.measuring.tests.faces import Face
from treatments.photographs.models import Photograph
from treatments.photographs.tests.builders import a_photograph

MARKED = {
    Outline.SPOT: Shape(faces.SPOT_POINTS),
    Outline.SKIN: Shape(faces.SKIN_POINTS),
    Outline.CARD: Shape(faces.CARD_POINTS),
}


def of_a_face(face: Face | None = None, **fields: Any) -> Photograph:
    return a_photograph(content=(face or Face()).file(), **fields)


def measured(
    photograph: Photograph | None = None, *, patient: Any = None, **fields: Any
) -> ColourMeasurement:
    basis = fields.get("basis", Basis.CARD)
    outlines = {**MARKED, **fields.pop("outlines", {})}
    if basis is not Basis.CARD:
        outlines.pop(Outline.CARD)
    values: dict[str, Any] = {
        "place": None,
        "region": BodyRegion.CHEEK_RIGHT,
        "name": "",
        "basis": basis,
        "card": Card.GREY_18,
        "card_lightness": None,
        "outlines": outlines,
        "request_key": uuid4(),
        "by": fields.pop("by", None) or clinic.nurse(),
        "now": fields.pop("now", NOW),
    }
    return actions.measure(photograph=photograph or of_a_face(patient=patient), **(values | fields))
