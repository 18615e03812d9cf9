"""Which clinical rules hold in this clinic: the shipped data with what the clinic decided about it."""

from patients.screening.rule_set import RuleSet, load_rule_set


def rules_in_force() -> RuleSet:
    """The rule set under which a verdict is given now."""
    return load_rule_set()


def rule_set_of(version: str) -> RuleSet:
    """The rule set of an earlier verdict, by the version stored with it."""
    return load_rule_set(version)
