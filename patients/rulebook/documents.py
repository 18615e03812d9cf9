"""The clinic's rules as a file that the batch command reads (`manage.py screen --rules FILE`)."""

from typing import Any

from patients.rulebook.composing import OwnRules, entries_in_force


def own_rules_as_json(own: OwnRules, *, version: str) -> dict[str, Any]:
    """Every rule in force. The file belongs to one shipped version: `screen --version BASE`."""
    return {
        "version": version,
        "base_version": own.base,
        "changed": sorted(own.rules),
        "rules": entries_in_force(own),
    }
