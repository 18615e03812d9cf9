"""Values of the catalogue as people read them: names of columns, amounts, what nobody said yet."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _

from clinic.amounts import plain
from cocktails.catalogue.facts import allergen_group_name
from cocktails.catalogue.models import CatalogueChange, Ingredient, Product
from cocktails.catalogue.rules import IngredientFacts
from cocktails.catalogue.terms import Certainty, Excipient, Lost, OtherPartner


@dataclass(frozen=True, slots=True)
class Difference:
    """One value as it was and as it became."""

    name: str
    label: str
    before: str
    after: str


def differences(
    row: type[Ingredient] | type[Product],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    language: str,
) -> list[Difference]:
    return [
        Difference(
            name,
            label_of(row, name),
            value_words(name, before.get(name), language),
            value_words(name, value, language),
        )
        for name, value in sorted(after.items())
    ]


def differences_of(change: CatalogueChange, language: str) -> list[Difference]:
    row = Product if change.product_id else Ingredient
    return differences(row, change.before, change.after, language)


def label_of(row: type[Ingredient] | type[Product], name: str) -> str:
    if name == "allergen_groups":
        return _("Allergen groups")
    return str(row._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def value_words(name: str, value: Any, language: str) -> str:
    """A kept value in the reader's words."""
    if name == "excipients":
        return ", ".join(_excipients(value)) or _("none named")
    if name == "allergen_groups":
        return ", ".join(allergen_words(each, language) for each in value or []) or "–"
    if name == "is_multi_dose":
        return {True: _("Multi-dose"), False: _("Single dose")}.get(value, _("Not known"))
    if name == "limit_certainty":
        return str(Certainty(value).label) if value in Certainty.values else "–"
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if value is None or value == "":
        return "–"
    try:
        return number_format(plain(Decimal(str(value))))
    except InvalidOperation:
        return str(value)


def allergen_words(group: str, language: str) -> str:
    """An allergen group by its name; "…_if_excipient" is what only some products bring."""
    sure, conditional, _rest = group.partition("_if_")
    try:
        name = allergen_group_name(sure, language)
    except KeyError:
        return group.replace("_", " ")
    return _("%(group)s (in some products)") % {"group": name} if conditional else name


def partner_words(partner: str, known: Mapping[str, IngredientFacts], language: str) -> str:
    """A partner of the table of pairs by its name: a substance, or what is no substance of ours."""
    substance = known.get(partner)
    return substance.name(language) if substance else str(OtherPartner(partner).label)


def lost_words(lost: Mapping[str, Lost], language: str) -> list[str]:
    """What will no longer be warned of, a sentence for each group."""
    return [
        str(each.label) % {"group": allergen_words(group, language)} for group, each in lost.items()
    ]


def _excipients(value: Any) -> Iterator[str]:
    if value is None:
        yield _("Leaflet not read yet")
        return
    for each in value:
        yield str(Excipient(each).label) if each in Excipient.values else each
