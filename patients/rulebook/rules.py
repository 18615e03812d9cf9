"""What a physician may decide about the rules, and what a decision needs.

Pure. A reason has 20 characters, like every override (ruling 2); what the founders ruled for every
clinic (rulings 1, 6 and 7) may become stricter and never milder. docs/rules/rulebook.md says why.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from clinic.refusals import Refused
from patients.rulebook import terms

Entry = Mapping[str, Any]


class NotForYou(Refused):
    status = 403
    code = "not_for_you"


class CertificateNeeded(Refused):
    code = "certificate_expired"


class StaleRules(Refused):
    """Somebody put other rules in force since the page was opened."""

    code = "stale_version"


class ReasonTooShort(Refused):
    status = 422
    code = "reason_too_short"


class NotTried(Refused):
    """A change takes effect only as it was tried on the worked cases."""

    status = 422
    code = "not_tried"


class NothingChanged(Refused):
    status = 422
    code = "nothing_changed"


class RulesUnusable(Refused):
    status = 422
    code = "rules_unusable"


class BindingRule(Refused):
    status = 422
    code = "binding_rule"


class ApprovedAlready(Refused):
    code = "approved_already"


def check_certificate(number: str, expires_on: date | None, *, on: date) -> None:
    if not number or expires_on is None or expires_on < on:
        raise CertificateNeeded(terms.CERTIFICATE_NEEDED)


def check_reason(reason: str) -> str:
    """Return the reason without superfluous spaces, or refuse one that says nothing."""
    words = " ".join(reason.split())
    if len(words) < terms.SHORTEST_REASON:
        raise ReasonTooShort(terms.REASON_TOO_SHORT % {"count": terms.SHORTEST_REASON})
    return words


def check_binding(rule_id: str, entry: Entry | None, shipped: Entry | None) -> None:
    """Refuse to make a binding rule milder: every shipped case stays as it stands, none overridden.

    A further case never makes a verdict milder (the monotonic law), so cases may be added.
    """
    if rule_id not in terms.BINDING or shipped is None or entry is None:
        return
    missing = [case for case in shipped["when"] if case not in entry["when"]]
    if entry.get("off") or missing or entry["override"] != shipped["override"]:
        raise BindingRule(terms.BINDING_RULE)
