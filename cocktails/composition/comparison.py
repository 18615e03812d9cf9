"""What is different between two mixtures, row by row. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Part(StrEnum):
    PRODUCT = "product"
    DILUENT = "diluent"
    PLACE = "place"
    SYRINGE = "syringe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Composition:
    """A mixture as it is compared: what by its key, each with its amount."""

    # (key, amount): product -> ml drawn, the same product twice is added.
    products: Mapping[str, Decimal]
    diluent: tuple[str, Decimal] | None
    # region -> (points, ml per point)
    places: Mapping[str, tuple[int, Decimal]]
    syringe_ml: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """One row that is another. None: it was not there, or is not there any more."""

    part: Part
    key: str
    before: tuple[int | Decimal, ...] | None
    after: tuple[int | Decimal, ...] | None


def changed(before: Composition, after: Composition) -> list[Changed]:
    """Return exactly the rows that differ; none for the same mixture."""
    return [
        *_rows(
            Part.PRODUCT,
            {key: (ml,) for key, ml in before.products.items()},
            {key: (ml,) for key, ml in after.products.items()},
        ),
        *_rows(Part.DILUENT, _diluent(before), _diluent(after)),
        *_rows(Part.PLACE, before.places, after.places),
        *_rows(Part.SYRINGE, _syringe(before), _syringe(after)),
    ]


def _rows(
    part: Part,
    before: Mapping[str, tuple[int | Decimal, ...]],
    after: Mapping[str, tuple[int | Decimal, ...]],
) -> list[Changed]:
    keys: Sequence[str] = [*before, *(key for key in after if key not in before)]
    return [
        Changed(part=part, key=key, before=before.get(key), after=after.get(key))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _diluent(composition: Composition) -> Mapping[str, tuple[Decimal]]:
    if composition.diluent is None or not composition.diluent[1]:
        return {}
    return {composition.diluent[0]: (composition.diluent[1],)}


def _syringe(composition: Composition) -> Mapping[str, tuple[Decimal]]:
    return {} if composition.syringe_ml is None else {"": (composition.syringe_ml,)}
