"""What version 2 corrects: nothing without its reason, and no reason without a difference."""

import csv
import json

import pytest

from patients.screening.rule_files import SHIPPED
from patients.screening.tests.cases import V1, V2


def read(version, name):
    return json.loads((SHIPPED / version / name).read_text(encoding="utf-8"))


def rows(version, name):
    with (SHIPPED / version / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def grouped(entries, name):
    found: dict[str, list[dict[str, str]]] = {}
    for entry in entries:
        found.setdefault(entry[name], []).append(entry)
    return found


def by(entries, name):
    return {entry[name]: entry for entry in entries}


def data(version):
    """Return everything a version says: kind of entry -> name -> what it says."""
    vocabulary = read(version, "vocabulary.json")
    facts = read(version, "ingredients.json")
    rescreen = read(version, "rescreen.json")
    return {
        "rules": by(read(version, "rules.json"), "id"),
        "questions": by(read(version, "questions.json"), "code"),
        "ingredients": by(facts["ingredients"], "id"),
        "pairs": {f"{pair['a']}+{pair['b']}": pair for pair in facts["incompatibilities"]},
        "lines": by(rescreen["lines"], "id"),
        "conditions": by(vocabulary.pop("conditions"), "text"),
        "vocabulary": {**vocabulary, "separate": rescreen["separate"]},
        "medicines": grouped(
            rows(version, "medications.csv") + rows(version, "medication_aliases.csv"), "inn"
        ),
        "allergens": grouped(rows(version, "allergen_aliases.csv"), "alias"),
    }


BEFORE, AFTER = data("v1"), data("v2")
DIFFERENT = {
    (kind, name)
    for kind in BEFORE
    for name in {*BEFORE[kind], *AFTER[kind]}
    if BEFORE[kind].get(name) != AFTER[kind].get(name)
}
NAMED = {
    (kind, name)
    for change in V2.changes
    for kind, names in change.touches.items()
    for name in names
}


def is_only_added_to(kind, name):
    before = BEFORE[kind].get(name, [])
    return all(row in AFTER[kind].get(name, []) for row in before)


def covered(kind, name):
    """Whether a correction names it; "*" names everything to which names were only added."""
    return (kind, name) in NAMED or ((kind, "*") in NAMED and is_only_added_to(kind, name))


def test_every_difference_is_named_by_a_correction():
    assert {each for each in DIFFERENT if not covered(*each)} == set()


def test_every_correction_names_something_that_differs():
    assert {(kind, name) for kind, name in NAMED if name != "*"} - DIFFERENT == set()


def test_a_star_stands_for_medicines_only_and_hides_no_change():
    assert {kind for kind, name in NAMED if name == "*"} <= {"medicines"}
    changed = {each for each in DIFFERENT if each[0] == "medicines" and not is_only_added_to(*each)}
    assert changed <= NAMED


@pytest.mark.parametrize("change", V2.changes, ids=lambda change: change.item)
def test_a_correction_says_why_in_both_languages(change):
    assert change.touches
    assert change.reason.en
    assert change.reason.tr
    assert change.reason.en != change.reason.tr


def test_the_first_version_corrects_nothing():
    assert V1.changes == ()


def test_what_only_a_word_announced_is_gone():
    """Correction 17: a second severity is announced where a case gives it, and nowhere else."""
    for rule in AFTER["rules"].values():
        given = {case["severity"] for case in rule["when"]}
        assert {rule["severity"], *rule["also"]} == given, rule["id"]
        assert given <= set(rule["override"])


@pytest.mark.parametrize("question", V2.questions.values(), ids=lambda question: question.code)
def test_no_question_shows_a_code_or_says_in_brackets_whom_it_is_for(question):
    for text in (question.text.en, question.text.tr):
        for sign in ("(staff)", "(physician)", "(personel)", "(hekim)", " = pill", "request:"):
            assert sign not in text
    codes = {choice for choice in question.choices if "_" in choice}
    assert not codes & set(question.text.en.split())


READ_IN_VERSION_2 = {
    "seizure_threshold",
    "renal_marker",
    "autoimmune_marker",
    "recent_aesthetic_procedure",
    "lidocaine_interaction",
    "methaemoglobin_inducer_low",
    "diabetes_marker_possible",
    "immunosuppression_marker",
    "transplant_marker",
}


def test_the_marks_that_no_rule_read_are_read():
    texts = [case.when for rule in V2.rules for case in rule.cases]
    texts += [question.applies_when or "" for question in V2.questions.values()]
    words = {word for text in texts for word in text.replace("|", " ").replace(")", " ").split()}

    assert {mark.rstrip(";,") for mark in words} >= READ_IN_VERSION_2


@pytest.mark.parametrize("text", ["insulin", "insülin", "amoksisilin", "nitroglycerin"])
def test_a_plain_name_is_known(text):
    assert V2.recognise_medication(text).complete
    assert not V1.recognise_medication(text).complete
