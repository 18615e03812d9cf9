"""Says the findings of a mixture in words: which rule, which substance, how much, why."""

from collections.abc import Callable
from decimal import Decimal

from cocktails.catalogue.rules import Facts
from cocktails.catalogue.words import partner_words
from cocktails.composition import terms
from cocktails.composition.rules import LIDOCAINE, Finding
from cocktails.composition.terms import MixRule


def explain(
    finding: Finding, facts: Facts, language: str, *, write: Callable[[Decimal], str] = str
) -> str:
    """Return the finding as a sentence, with the substances' names in the reader's language.

    `write` puts an amount the way the reader writes it (a decimal comma, for instance).
    """

    def name(ingredient: str) -> str:
        known = facts.ingredients.get(ingredient)
        return known.name(language) if known else ingredient

    def partner(of_a_pair: str) -> str:
        return partner_words(of_a_pair, facts.ingredients, language)

    if finding.pair is not None:
        is_blocked = finding.rule is MixRule.MIX_INCOMPATIBLE
        return (terms.PAIR_BLOCKED if is_blocked else terms.PAIR_WARNED) % {
            "one": partner(finding.pair.a),
            "other": partner(finding.pair.b),
            "reason": finding.pair.reason(language),
        }
    if finding.rule is MixRule.MIX_PH:
        one, _plus, other = finding.target.partition("+")
        return terms.PH_APART % {
            "one": name(one),
            "other": name(other),
            "one_range": _ph_range(facts, one, write),
            "other_range": _ph_range(facts, other, write),
        }
    if finding.rule in terms.UNUSUAL:
        return terms.UNUSUAL[finding.rule] % {
            "ingredient": name(finding.target),
            "found": "" if finding.found is None else write(finding.found),
            "limit": "" if finding.limit is None else write(finding.limit),
        }
    return _sentence(finding, facts) % {
        "ingredient": name(finding.target),
        "found": "" if finding.found_mg is None else write(finding.found_mg),
        "limit": "" if finding.limit_mg is None else write(finding.limit_mg),
    }


def _sentence(finding: Finding, facts: Facts) -> str:
    if finding.rule is MixRule.TOPICAL_ONLY:
        return str(terms.NOT_INJECTED)
    if finding.rule is MixRule.VITAMIN_E_OIL:
        return str(terms.OILY)
    substance = facts.ingredients.get(finding.target)
    if substance is not None and finding.limit_mg == substance.soft_mg != substance.hard_mg:
        return str(terms.ABOVE_SOFT)
    if finding.target == LIDOCAINE:
        return str(terms.ABOVE_LIDOCAINE)
    return str(terms.ABOVE_HARD)


def _ph_range(facts: Facts, ingredient: str, write: Callable[[Decimal], str]) -> str:
    known = facts.ingredients[ingredient]
    assert known.ph_min is not None
    assert known.ph_max is not None
    return f"{write(known.ph_min)}–{write(known.ph_max)}"
