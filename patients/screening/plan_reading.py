"""The plan inside a request: steps and cocktail, with what is missing from them.

Pure; sections 1, 2 and 9 of the screening contract. The worst case stands in for what nobody said
about the gloves; an unread leaflet is asked for where it could matter to this patient.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol

from patients.screening.facts import Facts, Number, PlannedIngredient, PlannedPair, PlannedStep
from patients.screening.ingredients import Ingredient, IngredientFacts, Pair
from patients.screening.readable import EXACT, read_amount
from patients.screening.rule_set import RuleSet
from patients.screening.terms import LIDOCAINE, SULFITE, WORST_GLOVES
from patients.screening.vocabulary import StepKind

# Lidocaine from all sources: at most this much per kilogram, and never above the last number
# (docs/rules/screening.md, R-DOSE-LIMIT).
LIDOCAINE_MG_PER_KG = Decimal("4.5")
LIDOCAINE_MG = 200
# Of an anaesthetic cream, half is counted as absorbed.
CREAM_SHARE = Decimal("0.5")

OILY = frozenset({"vitamin_a", "vitamin_e"})
QUATERNARY = frozenset({"chlorhexidine", "benzalkonium"})


class OpenPoints(Protocol):
    def ask(self, code: str) -> None: ...
    def not_known(self, where: str, text: object) -> None: ...


@dataclass(frozen=True)
class Plan:
    steps: Mapping[str, PlannedStep]
    cocktail: Mapping[str, PlannedIngredient]
    pairs: tuple[PlannedPair, ...]
    cream_mg: Number

    def complete(self, facts: Facts) -> Facts:
        """Return the facts with this plan in them, and the lidocaine it comes to."""
        lidocaine = self.cocktail.get(LIDOCAINE)
        in_syringe = lidocaine.mg if lidocaine and lidocaine.mg is not None else 0
        weight = facts.answers.get("weight_kg")
        limit: Number = LIDOCAINE_MG
        if isinstance(weight, int | Decimal):
            limit = min(EXACT.multiply(LIDOCAINE_MG_PER_KG, Decimal(weight)), Decimal(limit))
        return replace(
            facts,
            steps=self.steps,
            cocktail=self.cocktail,
            pairs=self.pairs,
            lidocaine_total_mg=EXACT.add(Decimal(in_syringe), Decimal(self.cream_mg)),
            lidocaine_limit_mg=limit,
        )


def read_plan(
    request: Mapping[str, object],
    rule_set: RuleSet,
    ingredients: IngredientFacts,
    open_points: OpenPoints,
    doubtful_allergens: Set[str],
) -> Plan:
    """Read steps and cocktail. `doubtful_allergens`: an unread leaflet may hide these."""
    reader = _PlanReader(rule_set, ingredients, open_points, doubtful_allergens)
    steps = request.get("steps")
    stated = steps if isinstance(steps, Mapping) else {}
    planned = reader.read_steps(stated)
    cocktail = reader.read_cocktail(request.get("cocktail"))
    return Plan(
        steps=planned,
        cocktail=cocktail,
        pairs=tuple(pairs_in(cocktail, ingredients)),
        cream_mg=reader.read_cream(stated, cocktail),
    )


@dataclass
class _Drawn:
    """One ingredient while its entries are added up."""

    mg: Number | None = None
    excipients: set[str] = field(default_factory=set)

    def add(self, mg: Number | None) -> None:
        if mg is not None:
            self.mg = mg if self.mg is None else EXACT.add(Decimal(self.mg), Decimal(mg))


class _PlanReader:
    def __init__(
        self,
        rule_set: RuleSet,
        ingredients: IngredientFacts,
        open_points: OpenPoints,
        doubtful_allergens: Set[str],
    ) -> None:
        self.vocabulary = rule_set.vocabulary
        self.ingredients = ingredients
        self.open = open_points
        self.doubtful = doubtful_allergens

    def read_steps(self, stated: Mapping[str, object]) -> dict[str, PlannedStep]:
        planned = {}
        for step, kinds in self.vocabulary.steps.items():
            raw = stated.get(step)
            known = kinds.get(raw) if isinstance(raw, str) else None
            if step == "gloves":
                if known is None and step in stated:
                    self.open.not_known("steps", raw)
                known = known or kinds[WORST_GLOVES]
            elif known is None:
                if isinstance(raw, str):
                    self.open.not_known("steps", raw)
                self.open.ask(f"steps.{step}")
            if known:
                planned[step] = PlannedStep(step, known.contains, known.allergens)
        return planned

    def read_cream(
        self, stated: Mapping[str, object], cocktail: Mapping[str, PlannedIngredient]
    ) -> Number:
        """Return how much amide anaesthetic the cream brings, in mg."""
        grams = read_amount(stated.get("anaesthetic_cream_g"))
        cream = stated.get("anaesthetic_cream")
        kind = self.vocabulary.steps["anaesthetic_cream"].get(
            cream if isinstance(cream, str) else ""
        )
        if grams is None and (
            "anaesthetic_cream_g" in stated or self.grams_are_due(kind, cocktail)
        ):
            self.open.ask("steps.anaesthetic_cream_g")
        if grams is None or kind is None:
            return 0
        content = EXACT.multiply(Decimal(grams), Decimal(kind.amide_mg_per_g))
        return EXACT.multiply(content, CREAM_SHARE)

    def grams_are_due(
        self, cream: StepKind | None, cocktail: Mapping[str, PlannedIngredient]
    ) -> bool:
        """Whether silence about the cream would hide part of a dose that is prepared."""
        if cream is None or not cream.amide_mg_per_g:
            return False
        if self.vocabulary.reading.missing_cream_counts_as_none:
            return False
        return any(planned.mg is not None for planned in cocktail.values())

    def read_cocktail(self, stated: object) -> dict[str, PlannedIngredient]:
        if not isinstance(stated, list):
            self.open.ask("cocktail")
            return {}
        drawn: dict[str, _Drawn] = {}
        for n, entry in enumerate(stated):
            if not isinstance(entry, Mapping):
                self.open.ask("cocktail")
                continue
            ingredient = self.read_ingredient(entry)
            mg = read_amount(entry.get("mg"))
            if mg is None and "mg" in entry:
                self.open.ask(f"cocktail.{n}.mg")
            excipients = self.read_excipients(n, entry, ingredient)
            if ingredient:
                whole = drawn.setdefault(ingredient.id, _Drawn())
                whole.add(mg)
                whole.excipients |= excipients
        return {name: self.planned(name, whole) for name, whole in drawn.items()}

    def read_ingredient(self, entry: Mapping[str, object]) -> Ingredient | None:
        name = entry.get("ingredient")
        if isinstance(name, str):
            known = self.ingredients.ingredients.get(name)
            if known:
                return known
            self.open.not_known("cocktail", name)
        self.open.ask("cocktail")
        return None

    def read_excipients(
        self, n: int, entry: Mapping[str, object], ingredient: Ingredient | None
    ) -> set[str]:
        code = f"cocktail.{n}.product_excipients"
        if "product_excipients" not in entry:
            # Nobody read the leaflet: that matters where it may hide what harms this patient.
            if ingredient and not self.doubtful.isdisjoint(ingredient.possible_allergens):
                self.open.ask(code)
            return set()
        stated = entry["product_excipients"]
        if not isinstance(stated, list):
            self.open.ask(code)
            return set()
        found: set[str] = set()
        for name in stated:
            if isinstance(name, str) and name in self.vocabulary.excipients:
                found |= {name} | self.vocabulary.excipient_implies.get(name, frozenset())
            else:
                self.open.not_known("cocktail", name)
                self.open.ask(code)
        return found

    def planned(self, name: str, whole: _Drawn) -> PlannedIngredient:
        known = self.ingredients.ingredients[name]
        excipients = frozenset(whole.excipients)
        return PlannedIngredient(
            id=name,
            mg=whole.mg,
            soft_mg=known.soft_mg,
            hard_mg=known.hard_mg,
            excipients=excipients,
            allergens=known.sure_allergens | excipients,
        )


def pairs_in(
    cocktail: Mapping[str, PlannedIngredient], ingredients: IngredientFacts
) -> list[PlannedPair]:
    """Return the listed pairs whose two sides are both in the cocktail."""
    return [
        PlannedPair(pair.name, pair.action, tuple(sorted(sides)))
        for pair in ingredients.pairs
        if (sides := _sides(pair, cocktail))
    ]


def _sides(pair: Pair, cocktail: Mapping[str, PlannedIngredient]) -> frozenset[str]:
    a, b = _meant(pair.a, cocktail), _meant(pair.b, cocktail)
    return a | b if a and b else frozenset()


def _meant(name: str, cocktail: Mapping[str, PlannedIngredient]) -> frozenset[str]:
    """Return the planned ingredients that one side of a pair speaks of."""
    if name == "any_aqueous":
        return frozenset(cocktail) - OILY
    if name == "sulfite_excipient":
        return frozenset(i for i, planned in cocktail.items() if SULFITE in planned.excipients)
    if name == "chlorhexidine_or_benzalkonium":
        return frozenset(i for i, p in cocktail.items() if not QUATERNARY.isdisjoint(p.excipients))
    return frozenset({name}) & frozenset(cocktail)
