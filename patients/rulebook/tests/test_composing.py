"""A shipped version with what the clinic changed in it. Pure."""

import pytest

from patients.rulebook import shipped
from patients.rulebook.composing import OwnRules, compose, entries_in_force, entry_of
from patients.rulebook.documents import own_rules_as_json
from patients.rulebook.tests.builders import switched_off, with_severity
from patients.screening.rule_files import RuleSetError, load_rule_set
from patients.screening.rules import screen
from patients.screening.terms import Severity, Verdict
from patients.screening.tests.cases import request

BASE = OwnRules(base="1")


def verdict(own, **changes):
    return screen(request(**changes), rule_set=compose(own, version="1.1"))


def test_a_clinic_without_changes_has_the_shipped_rules():
    composed = compose(BASE, version="1")

    assert composed.rules == load_rule_set(1).rules
    assert composed.questions == load_rule_set(1).questions


def test_a_changed_rule_holds_as_the_clinic_wrote_it_in_its_old_place():
    own = with_severity(BASE, "R-KELOID", "absolute")
    composed = compose(own, version="1.1")

    assert verdict(BASE, answers={"keloid": "yes"}).verdict is Verdict.HOLD
    assert verdict(own, answers={"keloid": "yes"}).verdict is Verdict.REFUSE
    assert composed.version == "1.1"
    assert [rule.id for rule in composed.rules] == [rule.id for rule in load_rule_set(1).rules]
    assert composed.rule("R-KELOID").cases[0].severity is Severity.ABSOLUTE


def test_a_rule_that_is_switched_off_holds_nobody_and_keeps_its_words():
    own = switched_off(BASE, "R-KELOID")

    assert verdict(own, answers={"keloid": "yes"}).verdict is Verdict.CLEAR
    assert entry_of(own, "R-KELOID")["title"] == "Keloid or hypertrophic scar tendency"
    assert "R-KELOID" not in {entry["id"] for entry in entries_in_force(own)}


def test_the_shipped_words_again_are_no_change():
    own = switched_off(BASE, "R-KELOID")

    assert own.with_rule("R-KELOID", None) == BASE
    assert own.with_rule("R-KELOID", shipped.rule_entries("1")["R-KELOID"]) == BASE


def test_a_question_has_the_clinics_words_and_may_stay_open():
    own = BASE.with_question(
        "keloid", {"en": "Thick scars?", "tr": "Kalın iz?", "mandatory": False}
    )

    question = compose(own, version="1.1").question("keloid")
    assert (question.text.en, question.text.tr) == ("Thick scars?", "Kalın iz?")
    assert verdict(BASE, left_out=("keloid",)).verdict is Verdict.HOLD
    assert verdict(own, left_out=("keloid",)).verdict is Verdict.CLEAR


def test_durations_are_the_clinics():
    own = BASE.with_durations({"answers_hold_days": 90, "gap.ipl": 42})
    composed = compose(own, version="1.1")

    assert composed.answers_hold_days == 90
    assert composed.vocabulary.procedures["ipl"].gap_days == 42
    assert own.with_durations(shipped.durations("1")) == BASE
    ipl = [{"kind": "ipl", "on": "2026-10-23", "area": ["cheek_left"]}]
    assert verdict(BASE, procedures=ipl).verdict is Verdict.CLEAR
    assert verdict(own, procedures=ipl).verdict is Verdict.HOLD


def test_an_entry_that_cannot_be_read_is_refused_loudly():
    entry = dict(shipped.rule_entries("1")["R-KELOID"])
    own = BASE.with_rule(
        "R-KELOID", entry | {"when": [{"severity": "absolute", "if": "no = such"}]}
    )

    with pytest.raises(RuleSetError, match="R-KELOID"):
        compose(own, version="1.1")


def test_two_states_have_the_same_fingerprint_only_if_they_are_the_same():
    own = switched_off(BASE, "R-KELOID")

    assert own.fingerprint() == switched_off(BASE, "R-KELOID").fingerprint()
    assert own.fingerprint() != switched_off(BASE, "R-MINOR").fingerprint()
    assert OwnRules(base="1").fingerprint() != OwnRules(base="2").fingerprint()


def test_the_file_holds_every_rule_in_force():
    own = switched_off(with_severity(BASE, "R-KELOID", "absolute"), "R-HTN-SEVERE")
    written = own_rules_as_json(own, version="1.2")

    names = {entry["id"] for entry in written["rules"]}
    assert names == {rule.id for rule in compose(own, version="1.2").rules}
    assert "R-HTN-SEVERE" not in names
    assert not any("off" in entry for entry in written["rules"])
    assert (written["version"], written["base_version"]) == ("1.2", "1")
