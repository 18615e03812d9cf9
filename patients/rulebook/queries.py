"""Which clinical rules hold in this clinic: the shipped data with what the clinic decided about it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from itertools import pairwise
from typing import Any
from uuid import UUID

from clinic.once import once
from patients.clinic_names.queries import with_names_in_force
from patients.rulebook import shipped
from patients.rulebook.composing import OwnRules, compose
from patients.rulebook.models import OwedScreening, RulesApproval, RulesEdition
from patients.rulebook.terms import CLOT_SIGNS, RULES
from patients.screening.rule_files import load_rule_set, shipped_versions
from patients.screening.rule_set import RuleSet


def rules_in_force() -> RuleSet:
    """The rule set under which a verdict is given now, with the clinic's own names."""
    return with_names_in_force(once(RULES, _rules_decided))


def _rules_decided() -> RuleSet:
    """The shipped rules with what the clinic decided about them.

    One query for each stretch of work (a row by index): a process must not go on with rules that
    another process has replaced. Building the rule set is done once per process and edition.
    """
    newest = (
        RulesEdition.objects.order_by("-number").values_list("pk", "number", "base_version").first()
    )
    if newest is None:
        return load_rule_set()
    edition_id, number, base = newest
    return _composed(edition_id) if number else load_rule_set(base)


def rule_set_of(version: str) -> RuleSet:
    """The rule set of an earlier verdict, by the version stored with it."""
    base, dot, number = version.partition(".")
    if not dot:
        return load_rule_set(base)
    editions = RulesEdition.objects.values_list("pk", flat=True)
    ask = partial(editions.get, number=int(number), base_version=base)
    return _composed(once(f"edition {version}", ask))


@lru_cache(maxsize=16)
def _composed(edition_id: UUID) -> RuleSet:
    edition = RulesEdition.objects.get(pk=edition_id)  # a row never changes, so this never ages
    return compose(edition.own, version=edition.version)


def newest_edition() -> RulesEdition | None:
    """The clinic's decision that holds now; None: the clinic has not decided anything yet."""
    return RulesEdition.objects.order_by("-number").select_related("by").first()


def version_in_force() -> str:
    edition = newest_edition()
    return edition.version if edition else shipped_versions()[-1]


def is_owed(patient_id: UUID) -> bool:
    """Whether something has changed since the newest verdict that it rests on."""
    return OwedScreening.objects.filter(patient=patient_id).exists()


def owed_screenings(most: int, without: Collection[UUID]) -> list[UUID]:
    """Who is to be screened again, the longest owed first."""
    owed = OwedScreening.objects.exclude(patient__in=list(without))
    return list(owed.values_list("patient_id", flat=True)[:most])


def own_rules() -> OwnRules:
    """What the clinic changed, on which shipped version."""
    edition = newest_edition()
    return edition.own if edition else OwnRules(base=shipped_versions()[-1])


def editions() -> list[RulesEdition]:
    """Every decision, the newest first."""
    return list(RulesEdition.objects.order_by("-number").select_related("by"))


def update_offered() -> str | None:
    """The newer shipped version that the clinic has not accepted yet."""
    newest = shipped_versions()[-1]
    return newest if int(newest) > int(own_rules().base) else None


# -- approval ---------------------------------------------------------------------------------


def approvals(base: str) -> list[RulesApproval]:
    return list(
        RulesApproval.objects.filter(base_version=base)
        .select_related("approved_by")
        .order_by("approved_at")
    )


def unapproved_rules(own: OwnRules) -> frozenset[str]:
    """The shipped rules in force that no physician here has read as they are written.

    What a physician changed here was decided by name; of the rest, what is written as in a version
    that was approved counts as approved.
    """
    approved = {
        base
        for base in RulesApproval.objects.values_list("base_version", flat=True).distinct()
        if base in shipped_versions()
    }
    return frozenset(
        rule_id
        for rule_id, entry in shipped.rule_entries(own.base).items()
        if rule_id not in own.rules
        and not any(shipped.rule_entries(base).get(rule_id) == entry for base in approved)
    )


# -- what changed between two versions --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is different: the words of a shipped correction, or of a physician."""

    text: str
    by: str = ""


@dataclass(frozen=True)
class Reasons:
    """By rule and by question: why it is not what it was."""

    rules: dict[str, list[Reason]]
    questions: dict[str, list[Reason]]
    other: list[Reason]


def reasons_between(older: str, newer: str, *, language: str) -> Reasons:
    """Why the rules of version `newer` differ from those of `older`, as far as it was written down."""
    found = Reasons({}, {}, [])
    for version in shipped.versions_between(_base(older), _base(newer)):
        for each in shipped.corrections(version):
            reason = Reason(each.to(language))
            for rule in each.rules:
                found.rules.setdefault(rule, []).append(reason)
            for code in each.questions:
                found.questions.setdefault(code, []).append(reason)
    for before, after in _decided_between(_number(older), _number(newer)):
        reason = Reason(after.reason, after.by.display_name if after.by else "")
        for rule in _differing(before.rules, after.own.rules):
            found.rules.setdefault(rule, []).append(reason)
        for code in _differing(before.questions, after.own.questions):
            found.questions.setdefault(code, []).append(reason)
        if before.durations != after.own.durations:
            found.other.append(reason)
    return found


def _decided_between(older: int, newer: int) -> Iterator[tuple[OwnRules, RulesEdition]]:
    """The decisions after `older`, each with what held before it."""
    rows = list(
        RulesEdition.objects.filter(number__gte=older, number__lte=newer)
        .order_by("number")
        .select_related("by")
    )
    if rows and not older and rows[0].number > 0:
        yield OwnRules(base=rows[0].base_version), rows[0]
    for before, after in pairwise(rows):
        yield before.own, after


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]


def _base(version: str) -> str:
    return version.partition(".")[0]


def _number(version: str) -> int:
    return int(version.partition(".")[2] or 0)


# -- the emergency notice ---------------------------------------------------------------------


def clot_notice(language: str) -> str:
    """What everyone reads when the patient has signs of an acute clot: the clinic's own words, else
    those of the clinical data.
    """
    own = own_rules()
    key = "tr" if language.split("-")[0] == "tr" else "en"
    return own.notice.get(key) or shipped_notice(own.base)[key]


def shipped_notice(base: str) -> dict[str, str]:
    rule = load_rule_set(base).rule(CLOT_SIGNS)
    return {"en": f"{rule.note.en}\n{rule.clears.en}", "tr": f"{rule.note.tr}\n{rule.clears.tr}"}


__all__ = [
    "Reason", "Reasons", "approvals", "clot_notice", "editions", "newest_edition",
    "own_rules", "reasons_between", "rule_set_of", "rules_in_force", "shipped_notice",
    "unapproved_rules", "update_offered", "version_in_force",
]  # fmt: skip
