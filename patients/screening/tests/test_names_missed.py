"""S5 of the reliability page: no name of the tables is missed, and what nobody knows holds.

The oracle is the tables themselves, read here without the matcher; the ways of writing are ours.
"""

import csv

import pytest

from patients.screening.rule_files import SHIPPED
from patients.screening.rules import screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import (
    V1,
    V2,
    VERSIONS,
    as_asked_in,
    with_allergies,
    with_medicines,
)

_TURKISH_UPPER = str.maketrans("iığüşöç", "İIĞÜŞÖÇ")
_WITHOUT_MARKS = str.maketrans("ığüşöçİâîû", "igusocIaiu")


def _table(rule_set, name):
    with (SHIPPED / f"v{rule_set.version}" / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def in_turkish_capitals(text):
    return text.translate(_TURKISH_UPPER).upper()


def without_marks(text):
    return text.translate(_WITHOUT_MARKS)


WAYS_OF_WRITING = [
    str,
    in_turkish_capitals,
    without_marks,
    lambda text: f"{text} 20 mg 1x1",
    lambda text: f"  {text}  sabah aç",
    lambda text: f"parol, {text}",
]


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
@pytest.mark.parametrize("written", WAYS_OF_WRITING)
def test_no_name_of_a_medicine_is_missed(rule_set, written):
    missed = []
    for entry in _table(rule_set, "medication_aliases.csv"):
        if entry["kind"] == "lay_term" or entry["inn"].startswith("ASK:"):
            continue
        read = rule_set.recognise_medication(written(entry["alias"]))
        found = {row.inn for rows in read.products for row in rows}
        if entry["inn"] not in found or not read.complete:
            missed.append(entry["alias"])
    assert missed == []


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
@pytest.mark.parametrize("written", [str, in_turkish_capitals, without_marks])
def test_no_name_of_an_allergen_is_missed(rule_set, written):
    for entry in _table(rule_set, "allergen_aliases.csv"):
        read = rule_set.recognise_allergy(written(entry["alias"]))
        assert entry["group"] in read.groups, entry
        assert entry["category"] in read.categories, entry


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
def test_a_plain_word_for_many_medicines_holds(rule_set):
    for entry in _table(rule_set, "medication_aliases.csv"):
        if entry["kind"] == "lay_term" or entry["inn"].startswith("ASK:"):
            assert not rule_set.recognise_medication(entry["alias"]).complete, entry["alias"]


def _misspelt(name):
    """One letter left out, doubled, or two exchanged, in the middle of a long word."""
    middle = len(name) // 2
    yield name[:middle] + name[middle + 1 :]
    yield name[:middle] + name[middle] + name[middle:]
    yield name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]


@pytest.mark.parametrize(
    "rule_set", [pytest.param(V1, marks=pytest.mark.slow), V2], ids=lambda one: one.version
)
def test_a_misspelt_blood_thinner_is_offered_and_never_lost(rule_set):
    """It is the substance (a listed misspelling), or it holds and the right name is offered."""
    thinners = {
        row.inn
        for row in rule_set.substances.values()
        if row.groups & {"anticoagulant", "antiplatelet"}
    }
    names = {
        entry["alias"]: entry["inn"]
        for entry in _table(rule_set, "medication_aliases.csv")
        if entry["inn"] in thinners and entry["kind"] != "lay_term"
        if entry["alias"].isalpha() and len(entry["alias"]) >= 7
    }
    assert len(names) >= 60
    lost, not_offered = [], 0
    for name, inn in names.items():
        for text in _misspelt(name):
            read = rule_set.recognise_medication(text)
            found = {row.inn for rows in read.products for row in rows}
            if read.complete and not found & thinners:
                lost.append((text, found))
            if not read.complete:
                offered = {
                    row.inn
                    for near in rule_set.suggest_medications(text, 5)
                    for rows in rule_set.recognise_medication(near).products
                    for row in rows
                }
                not_offered += inn not in offered
    assert lost == []
    assert not_offered <= len(names) * 3 * 0.05


FREE_TEXT = [
    "Zorbexin 40 mg", "mavi yuvarlak hap", "doktorun verdiği ilaç", "komşunun verdiği ağrı kesici",
    "kalp için bir şey", "bitkisel karışım", "something for my nerves", "???", "1x1", "yok gibi",
    "ismini bilmiyorum", "eczaneden aldım", "küçük yuvarlak tablet", "a pill for the heart", "hmm",
]  # fmt: skip
ALLERGIES_THAT_NAME_NOTHING = [
    "yok", "bilmiyorum", "-", "none", "alerjik bünye", "her şeye", "bir ilaç", "something",
    "emin değilim", "unknown", "Zorbexin", "dişçide bayıldım", "kremler", "evet", "n/a",
]  # fmt: skip


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
@pytest.mark.parametrize("text", FREE_TEXT)
def test_a_medicine_that_nobody_knows_holds(rule_set, text):
    answered = screen(
        as_asked_in(rule_set, with_medicines(text, status="current")), rule_set=rule_set
    )

    assert answered.verdict is Verdict.HOLD or answered.verdict is Verdict.REFUSE
    assert ("medications", text) in {(gap.field, gap.text) for gap in answered.unrecognised}


@pytest.mark.parametrize("rule_set", VERSIONS, ids=lambda one: one.version)
@pytest.mark.parametrize("text", ALLERGIES_THAT_NAME_NOTHING)
def test_an_allergy_that_names_nothing_holds(rule_set, text):
    request = with_allergies(text, severity="mild")
    answered = screen(as_asked_in(rule_set, request), rule_set=rule_set)

    assert answered.verdict is Verdict.HOLD
    assert ("allergies", text) in {(gap.field, gap.text) for gap in answered.unrecognised}
