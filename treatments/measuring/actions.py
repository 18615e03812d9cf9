"""Measuring the colour of a marked place on a photograph."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from clinic.audit.actions import record
from clinic.refusals import Refused
from clinic.staff.models import StaffMember
from clinic.staff.terms import Ability
from patients.records.models import Patient
from treatments.measuring import pixels, rules, terms
from treatments.measuring.models import ColourMeasurement, MeasuredPlace
from treatments.measuring.pixels import Counts
from treatments.measuring.rules import Lab, MeasuringRefused, Shape, Triple
from treatments.measuring.terms import LIGHTNESS_OF, Basis, Card, Outline
from treatments.photographs.models import Photograph
from treatments.photographs.queries import is_withdrawn, opened
from treatments.photographs.terms import Size

# How the numbers came about; a later method gets the next number and leaves these as they are.
METHOD = 1
HUNDREDTH = Decimal("0.01")
UNCORRECTED = (1.0, 1.0, 1.0)


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


@transaction.atomic
def measure(
    *,
    photograph: Photograph,
    place: MeasuredPlace | None,
    region: str,
    name: str,
    basis: Basis,
    card: Card | None,
    card_lightness: Decimal | None,
    outlines: Mapping[Outline, Shape],
    request_key: UUID,
    by: StaffMember,
    now: datetime,
) -> ColourMeasurement:
    """Read the colours of a spot and of the skin beside it, and write them down.

    `place`: one that was measured before; without it `region` and `name` say where the spot is.
    Raises MeasuringRefused with what to do about it. The same form sent twice is one measurement.
    """
    if not by.may(Ability.TAKE_PHOTOGRAPHS):
        raise NotAllowed(terms.NOT_YOURS)
    if is_withdrawn(photograph):
        raise MeasuringRefused(terms.WITHDRAWN)
    known = ColourMeasurement.objects.filter(photograph=photograph, request_key=request_key)
    if kept := known.first():
        return kept
    Patient.objects.select_for_update(no_key=True).get(pk=photograph.patient_id)
    if kept := known.first():
        return kept
    lightness = _lightness_of(card, card_lightness) if basis is Basis.CARD else None
    read = _read(photograph, basis, lightness, outlines)
    measured = ColourMeasurement.objects.create(
        measured_place=_place(photograph, place, region, name, by, now),
        photograph=photograph,
        basis=basis,
        card=card or "" if basis is Basis.CARD else "",
        card_lightness=lightness,
        outlines={str(key): shape.points for key, shape in outlines.items()},
        request_key=request_key,
        method=METHOD,
        measured_at=now,
        measured_by=by,
        **read,
    )
    record(
        verb="colour.measured",
        subject=measured,
        by=by,
        now=now,
        patient_id=photograph.patient_id,
    )
    return measured


def _lightness_of(card: Card | None, stated: Decimal | None) -> Decimal:
    if card is None:
        raise MeasuringRefused(terms.WHICH_CARD)
    if card is not Card.OWN:
        return Decimal(str(LIGHTNESS_OF[card]))
    low, high = rules.CARD_LIGHTNESS
    if stated is None or not low <= stated <= high:
        raise MeasuringRefused(terms.CARD_LIGHTNESS)
    return stated


def _place(
    photograph: Photograph,
    place: MeasuredPlace | None,
    region: str,
    name: str,
    by: StaffMember,
    now: datetime,
) -> MeasuredPlace:
    where = {"view": photograph.view, "modality": photograph.modality}
    if place is not None:
        if {"view": place.view, "modality": place.modality} != where:
            raise MeasuringRefused(terms.OTHER_VIEW)
        return place
    if not region:
        raise MeasuringRefused(terms.WHERE)
    found, _is_new = MeasuredPlace.objects.get_or_create(
        patient_id=photograph.patient_id,
        region=region,
        place=name.strip(),
        **where,
        defaults={"named_at": now, "named_by": by},
    )
    return found


def _read(
    photograph: Photograph,
    basis: Basis,
    card_lightness: Decimal | None,
    outlines: Mapping[Outline, Shape],
) -> dict[str, object]:
    """The fields of a measurement that come from the pixels."""
    try:
        with opened(photograph, Size.FULL) as file:
            picture = pixels.opened(file)
    except OSError as missing:
        raise MeasuringRefused(terms.FILE_MISSING) from missing
    _check_outlines(photograph, basis, outlines)
    counts = {key: pixels.counts_in(picture, shape) for key, shape in outlines.items()}
    for key, found in counts.items():
        _check_counts(key, found)
    factors = UNCORRECTED
    if card_lightness is not None:
        factors = rules.factors(counts[Outline.CARD].light, float(card_lightness))
    spot, skin = (_colour(counts[key], factors) for key in (Outline.SPOT, Outline.SKIN))
    share = pixels.pigmented_share(
        picture, outlines[Outline.SPOT], factors=factors, skin_lightness=skin.lightness
    )
    return {
        "factors": factors,
        "pigmented_share": Decimal(share).quantize(Decimal("0.001")),
        **_fields("spot", spot),
        **_fields("skin", skin),
    }


def _check_outlines(
    photograph: Photograph, basis: Basis, outlines: Mapping[Outline, Shape]
) -> None:
    needed = {Outline.SPOT, Outline.SKIN} | ({Outline.CARD} if basis is Basis.CARD else set())
    if basis is Basis.CARD and Outline.CARD not in outlines:
        raise MeasuringRefused(terms.CARD_MISSING)
    if outlines.keys() < needed:
        raise MeasuringRefused(terms.TOO_FEW_POINTS)
    for key, shape in outlines.items():
        if not shape.lies_in(width=photograph.width, height=photograph.height):
            raise MeasuringRefused(terms.OUTSIDE % {"outline": key.label})
    if pixels.overlap(outlines[Outline.SPOT], outlines[Outline.SKIN]):
        raise MeasuringRefused(terms.SAME_PLACE)


def _check_counts(outline: Outline, found: Counts) -> None:
    if found.pixels < rules.FEWEST_PIXELS:
        raise MeasuringRefused(terms.TOO_SMALL % {"outline": outline.label})
    if found.clipped > rules.MOST_CLIPPED:
        raise MeasuringRefused(terms.TOO_DARK_OR_BRIGHT % {"outline": outline.label})


def _colour(found: Counts, factors: Triple) -> Lab:
    return rules.lab_of(rules.corrected(found.light, factors))


def _fields(prefix: str, colour: Lab) -> dict[str, Decimal]:
    parts = {"lightness": colour.lightness, "a": colour.a, "b": colour.b}
    return {f"{prefix}_{name}": Decimal(value).quantize(HUNDREDTH) for name, value in parts.items()}
