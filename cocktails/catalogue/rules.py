"""What a substance and a product contain, as plain values, and which limits can be meant. Pure.

The numbers are data with a source (substances.json); the physician of the clinic approves them
and may change them: docs/rules/catalogue.md.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from clinic.refusals import Refused
from cocktails.catalogue import terms
from cocktails.catalogue.terms import EXCIPIENT_IMPLIES, Lost, PairAction

# Numbers of an ingredient that the clinic's physician may change.
LIMITS = (
    "soft_mg",
    "hard_mg",
    "max_mg_per_kg",
    "lowest_mg_per_ml",
    "highest_mg_per_ml",
    "lowest_ml_per_point",
    "highest_ml_per_point",
    "ph_min",
    "ph_max",
)
_RANGES = (
    ("soft_mg", "hard_mg"),
    ("lowest_mg_per_ml", "highest_mg_per_ml"),
    ("lowest_ml_per_point", "highest_ml_per_point"),
    ("ph_min", "ph_max"),
)
HIGHEST_PH = 14
# "sulfite_if_excipient": only some products of the substance bring it.
_ONLY_IF = "_if_"


class WrongLimits(Refused):
    """The limits contradict each other, or would make a surface substance injectable."""

    code = "wrong_limits"
    status = 422


class WrongAllergens(Refused):
    """A group that nobody knows, and that no patient's allergy would ever meet."""

    code = "wrong_allergens"
    status = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class IngredientFacts:
    """One substance. `hard_mg` 0 means: never injected; None means: no limit is known.

    An allergen group "g_if_..." counts only when the product's leaflet names g.
    """

    id: str
    name_en: str = ""
    name_tr: str = ""
    roles: tuple[str, ...] = ()
    allergen_groups: frozenset[str] = frozenset()
    soft_mg: Decimal | None = None
    hard_mg: Decimal | None = None
    max_mg_per_kg: Decimal | None = None
    limit_source: str = ""
    limit_certainty: str = ""
    ph_min: Decimal | None = None
    ph_max: Decimal | None = None
    lowest_mg_per_ml: Decimal | None = None
    highest_mg_per_ml: Decimal | None = None
    lowest_ml_per_point: Decimal | None = None
    highest_ml_per_point: Decimal | None = None
    ph_certainty: str = ""

    def name(self, language: str) -> str:
        return (self.name_tr if language.startswith("tr") else self.name_en) or self.id

    @property
    def direct_allergens(self) -> frozenset[str]:
        return sure_groups(self.allergen_groups)

    @property
    def possible_allergens(self) -> frozenset[str]:
        """The groups that a product of this substance may bring, depending on its leaflet."""
        return possible_groups(self.allergen_groups)

    @property
    def is_topical_only(self) -> bool:
        return self.hard_mg == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What happens when two substances, or a substance and an excipient, share a syringe."""

    a: str
    b: str
    action: PairAction
    reason_en: str = ""
    reason_tr: str = ""
    certainty: str = ""

    @property
    def target(self) -> str:
        return "+".join(sorted((self.a, self.b)))

    def reason(self, language: str) -> str:
        return self.reason_tr if language.startswith("tr") else self.reason_en


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductFacts:
    """An ampoule. `excipients` None: nobody has read the leaflet yet; empty: it names none."""

    code: str
    ingredient: str
    name_en: str
    name_tr: str
    stock_mg_per_ml: Decimal
    ampoule_ml: Decimal
    excipients: frozenset[str] | None
    maker: str = ""
    is_multi_dose: bool | None = None
    use_within_hours: int | None = None

    def name(self, language: str) -> str:
        return self.name_tr if language.startswith("tr") else self.name_en


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything that a mixture is held against."""

    ingredients: Mapping[str, IngredientFacts]
    pairs: tuple[Pair, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A sentence of the catalogue with how sure it is."""

    text: str
    certainty: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What is known of a substance beside its numbers; shipped texts with their marks."""

    cas: str = ""
    atc: str = ""
    mechanism: str = ""
    vial: str = ""
    concentration: Noted = Noted(text="")
    point: Noted = Noted(text="")
    ph: Noted = Noted(text="")
    incompatible: str = ""
    allergens: str = ""
    contraindications: str = ""
    photosensitising: str = ""
    photosensitising_note: str = ""
    pregnancy: str = ""
    evidence: str = ""
    licence: str = ""
    confidence: str = ""


def check_limits(limits: Mapping[str, Decimal | None], *, shipped_hard_mg: Decimal | None) -> None:
    """Raise WrongLimits, with words, for numbers that cannot be meant."""
    for low, high in _RANGES:
        lower, upper = limits.get(low), limits.get(high)
        if lower is not None and upper is not None and lower > upper:
            raise WrongLimits(terms.UPSIDE_DOWN[low])
    highest_ph = limits.get("ph_max")
    if highest_ph is not None and highest_ph > HIGHEST_PH:
        raise WrongLimits(terms.NO_PH)
    if any(each is not None and each < 0 for each in limits.values()):
        raise WrongLimits(terms.BELOW_ZERO)
    # What is only for the surface stays so: no limit makes an injection of it.
    if shipped_hard_mg == 0 and limits.get("hard_mg") != 0:
        raise WrongLimits(terms.STAYS_ON_THE_SURFACE)


def sure_groups(groups: Iterable[str]) -> frozenset[str]:
    return frozenset(group for group in groups if _ONLY_IF not in group)


def possible_groups(groups: Iterable[str]) -> frozenset[str]:
    return frozenset(group.split(_ONLY_IF)[0] for group in groups if _ONLY_IF in group)


def allergens_stated(
    *,
    always: Iterable[str],
    in_some: Iterable[str],
    before: Iterable[str],
    known: Collection[str],
) -> list[str]:
    """Return allergen groups as they are kept. What a product only may bring keeps the words that
    it had ("sulfite_if_adrenaline"); what is always there needs no "in some products" beside it.

    Raises WrongAllergens for a group that is not `known`.
    """
    always, in_some = set(always), set(in_some)
    for group in sorted((always | in_some) - set(known)):
        raise WrongAllergens(terms.UNKNOWN_GROUP % {"group": group})
    worded = {group.split(_ONLY_IF)[0]: group for group in before if _ONLY_IF in group}
    return sorted(
        always | {worded.get(each, f"{each}{_ONLY_IF}excipient") for each in in_some - always}
    )


def no_longer_warned(before: Iterable[str], after: Iterable[str]) -> dict[str, Lost]:
    """Return the groups of which fewer patients would be warned, and what is left of the warning."""
    before, after = frozenset(before), frozenset(after)
    lost: dict[str, Lost] = {}
    for group in sorted(sure_groups(before) - sure_groups(after)):
        lost[group] = Lost.ONLY_IF_NAMED if group in possible_groups(after) else Lost.ALWAYS
    for group in sorted(possible_groups(before) - possible_groups(after) - sure_groups(after)):
        lost.setdefault(group, Lost.LEAFLET_UNREAD)
    return lost


def changed_values(
    before: Mapping[str, object], after: Mapping[str, object]
) -> tuple[dict[str, object], dict[str, object]]:
    """Return what is another, as it was and as it is."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}


def contained(excipients: Iterable[str]) -> frozenset[str]:
    """Return the excipients with those that they imply: adrenaline brings sulfite."""
    named = frozenset(map(str, excipients))
    return named.union(*(map(str, EXCIPIENT_IMPLIES.get(each, ())) for each in named))
