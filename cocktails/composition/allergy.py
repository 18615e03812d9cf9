"""Which ingredients of a mixture bring what the patient is allergic to, and how. Pure."""

from collections.abc import Iterable, Set

from cocktails.catalogue.rules import Facts, contained
from cocktails.composition.mixture import AllergyConflict, Diluent, Portion, in_the_syringe
from cocktails.composition.terms import Origin


def allergy_conflicts(
    portions: Iterable[Portion],
    patient_allergy_groups: Set[str],
    facts: Facts,
    *,
    diluent: Diluent | None = None,
) -> list[AllergyConflict]:
    """Return each ingredient with each of the patient's allergy groups that it brings, and how.

    A group that a product only may bring counts as long as its leaflet was not read.
    """
    conflicts: dict[tuple[str, str], Origin] = {}
    for each in in_the_syringe(portions, diluent):
        substance = facts.ingredients[each.ingredient]
        for group in sorted(patient_allergy_groups):
            if group in substance.direct_allergens:
                origin = Origin.DIRECT
            elif group in contained(each.product_excipients or ()):
                origin = Origin.EXCIPIENT
            elif each.product_excipients is None and group in substance.possible_allergens:
                origin = Origin.LEAFLET_NOT_READ
            else:
                continue
            key = each.ingredient, group
            conflicts[key] = min(conflicts.get(key, origin), origin, key=list(Origin).index)
    return [
        AllergyConflict(ingredient=ingredient, group=group, origin=origin)
        for (ingredient, group), origin in conflicts.items()
    ]
