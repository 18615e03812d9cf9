"""A newer shipped version: read entry by entry, and taken with or without the clinic's own changes."""

import pytest

from patients.rulebook import shipped
from patients.rulebook.composing import OFF, OwnRules, compose
from patients.rulebook.differences import How, accepted, entry_changes
from patients.rulebook.terms import Part
from patients.rulebook.tests.builders import switched_off, with_severity

BASE = OwnRules(base="1")


@pytest.fixture(scope="module")
def changes():
    return {change.key: change for change in entry_changes(BASE, "2")}


def test_every_entry_that_differs_is_listed_and_no_other(changes):
    older, newer = shipped.rule_entries("1"), shipped.rule_entries("2")
    differing = {name for name in older.keys() | newer.keys() if older.get(name) != newer.get(name)}

    listed = {change.name for change in changes.values() if change.part is Part.RULES}
    assert listed == differing
    assert differing


def test_an_entry_is_new_changed_or_gone_with_every_field(changes):
    clot = changes["rules:R-CLOT-DISORDER"]
    assert clot.how is How.ADDED
    assert clot.why

    changed = next(c for c in changes.values() if c.how is How.CHANGED and c.part is Part.RULES)
    before, after = (shipped.rule_entries(v)[changed.name] for v in ("1", "2"))
    assert {f.name for f in changed.fields} == {
        name for name in before.keys() | after.keys() if before.get(name) != after.get(name)
    }


def test_an_own_change_that_the_update_leaves_alone_stays():
    untouched = next(
        name
        for name, entry in shipped.rule_entries("1").items()
        if shipped.rule_entries("2").get(name) == entry
    )
    moved = accepted(switched_off(BASE, untouched), "2", keep_own=set())

    assert moved.base == "2"
    assert set(moved.rules) == {untouched}


@pytest.mark.parametrize("keep", [True, False])
def test_where_both_changed_a_rule_the_physicians_choice_decides(keep):
    own = with_severity(BASE, "R-ANTICOAG-RECENT", "absolute")
    meeting = [change for change in entry_changes(own, "2") if change.meets_own]
    assert [change.key for change in meeting] == ["rules:R-ANTICOAG-RECENT"]

    moved = accepted(own, "2", keep_own={"rules:R-ANTICOAG-RECENT"} if keep else set())

    assert ("R-ANTICOAG-RECENT" in moved.rules) is keep
    rule = compose(moved, version="2.1").rule("R-ANTICOAG-RECENT")
    assert (rule.cases[0].severity == "absolute") is keep


def test_a_rule_that_is_switched_off_stays_off_with_the_newer_words():
    own = switched_off(BASE, "R-ANTICOAG-RECENT")
    moved = accepted(own, "2", keep_own={"rules:R-ANTICOAG-RECENT"})

    entry = moved.rules["R-ANTICOAG-RECENT"]
    assert entry == dict(shipped.rule_entries("2")["R-ANTICOAG-RECENT"]) | {OFF: True}


def test_own_words_and_durations_move_along():
    own = BASE.with_question("keloid", {"en": "a", "tr": "b", "mandatory": True})
    own = own.with_durations({"answers_hold_days": 90})
    meets = any(change.name == "keloid" for change in entry_changes(own, "2"))

    moved = accepted(own, "2", keep_own={"questions:keloid"})

    assert moved.questions["keloid"]["en"] == "a"
    assert moved.durations == {"answers_hold_days": 90}
    assert ("keloid" in accepted(own, "2", keep_own=set()).questions) is not meets
