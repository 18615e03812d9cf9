"""What a request says, once it is read: plain values that the conditions of the rules look at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from patients.screening.terms import Status

Number = Decimal | int
Answer = str | Number | date | frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class MedicineRow:
    """One row of the medicines table: a substance in one form. Each row is read once: it is itself."""

    inn: str
    atc: str
    groups: frozenset[str]
    effects: frozenset[str]
    route: str


@dataclass(frozen=True, slots=True)
class TakenProduct:
    """One product that a text on the list names. An ambiguous name has several rows."""

    entry: int
    text: str
    rows: tuple[MedicineRow, ...]
    status: Status
    last_dose: date | None
    since: date | None


@dataclass(frozen=True, slots=True)
class StatedAllergy:
    text: str
    groups: frozenset[str]
    categories: frozenset[str]
    anaphylaxis: bool


@dataclass(frozen=True, slots=True)
class PastProcedure:
    kind: str
    on: date | None
    # None: no area was told, so it may have been any planned region.
    regions: frozenset[str] | None
    gap_days: int | None

    def covers(self, region: str) -> bool:
        return self.regions is None or region in self.regions

    def gap_end(self) -> date | None:
        if self.on is None or self.gap_days is None:
            return None
        return self.on + timedelta(days=self.gap_days)


@dataclass(frozen=True, slots=True)
class PlannedIngredient:
    id: str
    mg: Number | None
    soft_mg: Number | None
    hard_mg: Number | None
    excipients: frozenset[str]
    allergens: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlannedStep:
    name: str
    contains: frozenset[str]
    allergens: frozenset[str]


@dataclass(frozen=True, slots=True)
class PlannedPair:
    name: str
    action: str
    ingredients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """One patient on one day, with one plan. `answers` holds readable values only."""

    on: date
    answers: Mapping[str, Answer]
    products: tuple[TakenProduct, ...] = ()
    allergies: tuple[StatedAllergy, ...] = ()
    allergy_groups: frozenset[str] = frozenset()
    procedures: tuple[PastProcedure, ...] = ()
    regions: tuple[str, ...] = ()
    # The patient was asked for any other illness and said: none. Silence is not that.
    no_other_illness: bool = False
    # Region -> itself and the regions that run into it.
    around: Mapping[str, frozenset[str]] = field(default_factory=dict)
    cocktail: Mapping[str, PlannedIngredient] = field(default_factory=dict)
    steps: Mapping[str, PlannedStep] = field(default_factory=dict)
    pairs: tuple[PlannedPair, ...] = ()
    lidocaine_total_mg: Number = 0
    lidocaine_limit_mg: Number = 0

    def near(self, region: str) -> frozenset[str]:
        return self.around.get(region) or frozenset({region})


Target = str | PlannedIngredient | PlannedStep | PlannedPair | None
