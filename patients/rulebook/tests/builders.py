"""A clinic's own rules, put in force by the real action."""

from typing import Any

from clinic.staff.models import StaffMember
from clinic.tests.builders import NOW, physician
from patients.rulebook import actions, queries
from patients.rulebook.composing import OwnRules, entry_of
from patients.rulebook.models import RulesEdition
from patients.rulebook.terms import Part

REASON = "Decided at the meeting of our physicians."


def a_clinic_on(base: str) -> RulesEdition:
    """A clinic that began with an older shipped version."""
    return RulesEdition.objects.create(
        number=0,
        base_version=base,
        content=OwnRules(base=base).as_json(),
        about={"part": Part.SHIPPED.value},
        reason="",
        in_force_from=NOW,
        by_system="test builder",
    )


def a_decision(
    draft: OwnRules, *, by: StaffMember | None = None, part: Part = Part.RULES, **fields: Any
) -> RulesEdition:
    values: dict[str, Any] = {
        "draft": draft,
        "part": part,
        "names": sorted(draft.rules),
        "seen_version": queries.version_in_force(),
        "tried": actions.mark_as_tried(draft),
        "reason": REASON,
        "now": NOW,
    }
    return actions.put_in_force(**(values | fields), by=by or physician())


def with_severity(own: OwnRules, rule_id: str, severity: str) -> OwnRules:
    """The rule with every case of that weight."""
    entry = dict(entry_of(own, rule_id) or {})
    may = {"absolute": "none", "caution": "tick"}.get(severity, "reason")
    cases = [
        {key: value for key, value in case.items() if key != "clears"} | {"severity": severity}
        for case in entry["when"]
    ]
    return own.with_rule(rule_id, entry | {"when": cases, "override": {severity: may}})


def switched_off(own: OwnRules, rule_id: str) -> OwnRules:
    return own.with_rule(rule_id, dict(entry_of(own, rule_id) or {}) | {"off": True})
