"""What the rules ask about medicines: which ones fit, taken when, and how many different ones.

Pure; section 6 of the screening contract. A name that can mean several rows of the table is tested
row by row: the selectors must hold on one and the same row.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from patients.screening.conditions import Witness
from patients.screening.facts import Answer, Facts, MedicineRow, TakenProduct, Target
from patients.screening.terms import Status


@dataclass(frozen=True, slots=True)
class Selector:
    field: str
    names: frozenset[str]
    wanted: bool

    def fits(self, row: MedicineRow) -> bool:
        if self.field == "group":
            found = not self.names.isdisjoint(row.groups)
        elif self.field == "effect":
            found = not self.names.isdisjoint(row.effects)
        elif self.field == "inn":
            found = row.inn in self.names
        else:
            found = row.route in self.names
        return found is self.wanted


@dataclass(frozen=True, slots=True)
class Medicines:
    """The medicines that a `med(...)` or `count(...)` is about."""

    selectors: tuple[Selector, ...]
    statuses: frozenset[Status]
    last_below: int | None
    taken_for: int | None
    # Rows never change: each is looked at once per process, not once per patient.
    known: dict[MedicineRow, bool] = field(default_factory=dict, repr=False, compare=False)

    def fits(self, row: MedicineRow) -> bool:
        fits = self.known.get(row)
        if fits is None:
            fits = self.known[row] = all(selector.fits(row) for selector in self.selectors)
        return fits

    def fitting_rows(self, product: TakenProduct) -> tuple[MedicineRow, ...]:
        return tuple(row for row in product.rows if self.fits(row))

    def selects(self, product: TakenProduct) -> bool:
        """Whether this condition is about the product, before its dates are looked at."""
        if product.status not in self.statuses:
            return False
        for row in product.rows:  # noqa: SIM110
            if self.fits(row):
                return True
        return False

    def in_time(self, product: TakenProduct, facts: Facts) -> bool:
        if self.last_below is not None:
            if product.last_dose is None:
                return False
            if (facts.on - product.last_dose).days >= self.last_below:
                return False
        if self.taken_for is not None and product.since is not None:
            return (facts.on - product.since).days >= self.taken_for
        return True

    def fitting(self, facts: Facts) -> Iterator[TakenProduct]:
        for product in facts.products:
            if self.selects(product) and self.in_time(product, facts):
                yield product

    def witnesses(self, facts: Facts) -> Iterator[Witness]:
        for product in self.fitting(facts):
            yield Witness("medication", product.text, product=product)
            for row in self.fitting_rows(product):
                yield Witness("inn", row.inn)


@dataclass(frozen=True, slots=True)
class Takes:
    medicines: Medicines

    def holds(self, facts: Facts, target: Target) -> bool:
        # Plain loops here and in `selects`: every rule about a medicine comes by for every product.
        for product in facts.products:
            if self.medicines.selects(product) and self.medicines.in_time(product, facts):
                return True
        return False

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.medicines.witnesses(facts)


@dataclass(frozen=True, slots=True)
class HowMany:
    medicines: Medicines

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return most_apart(
            [
                frozenset(row.inn for row in self.medicines.fitting_rows(product))
                for product in self.medicines.fitting(facts)
            ]
        )

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.medicines.witnesses(facts)


def most_apart(named: list[frozenset[str]]) -> int:
    """Return how many of the sets can be chosen so that no two share a member."""
    distinct = set(named)
    # A name that can only mean what another one surely means adds nothing to it.
    left = [names for names in distinct if not any(other < names for other in distinct)]
    apart = 0
    while left:
        lonely = [names for names in left if all(names.isdisjoint(o) for o in left if o != names)]
        apart += len(lonely)
        left = [names for names in left if names not in lonely]
        if left:
            first, *rest = left
            with_it = [names for names in rest if names.isdisjoint(first)]
            return apart + max(1 + most_apart(with_it), most_apart(rest))
    return apart
