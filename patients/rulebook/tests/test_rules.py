"""What a decision about the rules needs. Pure."""

from datetime import date

import pytest

from patients.rulebook import rules, shipped
from patients.rulebook.terms import BINDING, SHORTEST_REASON


@pytest.mark.parametrize(
    ("number", "expires_on"), [("", date(2030, 1, 1)), ("G-1", None), ("G-1", date(2026, 11, 22))]
)
def test_without_a_valid_certificate_nobody_decides(number, expires_on):
    with pytest.raises(rules.CertificateNeeded):
        rules.check_certificate(number, expires_on, on=date(2026, 11, 23))


def test_a_certificate_is_good_on_its_last_day():
    rules.check_certificate("G-1", date(2026, 11, 23), on=date(2026, 11, 23))


def test_a_reason_has_twenty_characters_without_padding():
    assert rules.check_reason("  A reason   that says it. ") == "A reason that says it."
    with pytest.raises(rules.ReasonTooShort):
        rules.check_reason("x" * (SHORTEST_REASON - 1))
    with pytest.raises(rules.ReasonTooShort):
        rules.check_reason("too short" + " " * 40)
    assert rules.check_reason("x" * SHORTEST_REASON)


@pytest.mark.parametrize("rule_id", sorted(BINDING))
def test_what_binds_every_clinic_becomes_stricter_and_never_milder(rule_id):
    entry = dict(shipped.rule_entries("1")[rule_id])
    further = entry | {"when": [*entry["when"], {"severity": "caution", "if": "smoker = yes"}]}
    further["override"] = entry["override"]
    milder = entry | {"when": [case | {"severity": "caution"} for case in entry["when"]]}
    overridden = entry | {"override": {"absolute": "reason"}}

    rules.check_binding(rule_id, further, entry)
    rules.check_binding(rule_id, entry | {"title": "In better words"}, entry)
    for changed in (milder, overridden, entry | {"off": True}):
        with pytest.raises(rules.BindingRule):
            rules.check_binding(rule_id, changed, entry)


def test_another_rule_is_the_clinics_own_affair():
    entry = dict(shipped.rule_entries("1")["R-KELOID"])

    rules.check_binding("R-KELOID", entry | {"off": True}, entry)
