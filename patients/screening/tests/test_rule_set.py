"""The clinical data of version 1: complete, labelled in both languages, and read once."""

import subprocess
import sys

import pytest

from patients.screening.rule_files import RuleSetError, load_rule_set, shipped_versions
from patients.screening.terms import Asked, Override, Severity
from patients.screening.tests.cases import V1, V2, VERSIONS

RULES = [rule for rule_set in VERSIONS for rule in rule_set.rules]
QUESTIONS = [
    (rule_set, question) for rule_set in VERSIONS for question in rule_set.questions.values()
]


def named(value):
    return value.version if value in VERSIONS else value.code


def test_a_version_is_read_once():
    assert load_rule_set(1) is load_rule_set(1)
    assert V1.version == "1"
    assert shipped_versions()[0] == "1"
    assert load_rule_set().version == shipped_versions()[-1]


@pytest.mark.parametrize("version", [0, 99, "x", "../v1"])
def test_a_version_that_does_not_exist_is_refused(version):
    with pytest.raises(RuleSetError):
        load_rule_set(version)


def test_the_pack_is_all_there():
    assert len(V1.rules) == 79
    assert sum(len(rule.cases) for rule in V1.rules) == 100
    assert len(V1.questions) == 113
    assert len(V1.ingredients.ingredients) == 37
    assert len(V1.ingredients.pairs) == 33


def test_version_2_leaves_nothing_out():
    assert {rule.id for rule in V1.rules} < {rule.id for rule in V2.rules}
    assert set(V1.questions) < set(V2.questions)
    assert set(V1.ingredients.ingredients) == set(V2.ingredients.ingredients)
    assert {pair.name for pair in V1.ingredients.pairs} < {
        pair.name for pair in V2.ingredients.pairs
    }
    assert set(V1.vocabulary.conditions) < set(V2.vocabulary.conditions)
    assert load_rule_set() is load_rule_set(shipped_versions()[-1])
    assert shipped_versions() == ("1", "2")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_in_both_languages_what_it_is_and_what_clears_it(rule):
    for label in (rule.title, rule.clears):
        assert label.en
        assert label.tr
        assert label.tr != label.en
    assert bool(rule.note.en) == bool(rule.note.tr)
    assert rule.note.tr != rule.note.en or not rule.note.en
    assert rule.source
    assert rule.confidence in ("high", "moderate", "low")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_says_who_may_override_each_of_its_severities(rule):
    assert {case.severity for case in rule.cases} <= set(rule.override)
    assert rule.override.get(Severity.ABSOLUTE, Override.NONE) is Override.NONE
    assert rule.override.get(Severity.CAUTION, Override.TICK) is Override.TICK


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_text_for_people_tells_to_stop_a_medicine_or_promises_anything(rule):
    for label in (rule.title, rule.note, rule.clears):
        assert "guarantee" not in label.en.lower()
        assert "%100" not in label.tr
    if "stop" in rule.clears.en.lower():
        assert "stopped" in rule.clears.en or "Never stop" in rule.clears.en


@pytest.mark.parametrize(("rule_set", "question"), QUESTIONS, ids=named)
def test_a_question_has_its_words_its_page_and_a_label_for_every_choice(rule_set, question):
    assert question.text.en
    assert question.text.tr
    assert question.section in {section.key for section in rule_set.sections}
    assert set(question.labels) == set(question.choices)
    for label in question.labels.values():
        assert label.en
        assert label.tr
    assert all(rule_set.rule(rule_id) for rule_id in question.opens)


@pytest.mark.parametrize("rule_set", VERSIONS, ids=named)
def test_the_intake_has_at_most_eight_pages_and_each_is_used(rule_set):
    assert len(rule_set.sections) <= 8
    used = {question.section for question in rule_set.questions.values()}
    assert used == {section.key for section in rule_set.sections}
    assert all(section.title.en and section.title.tr for section in rule_set.sections)


def test_what_staff_answer_stands_apart_from_what_patients_answer():
    for _, question in QUESTIONS:
        assert (question.who == "staff") == (question.section == "clinic")


@pytest.mark.parametrize("rule_set", VERSIONS, ids=named)
def test_every_word_of_the_vocabulary_has_a_label(rule_set):
    vocabulary = rule_set.vocabulary
    labels = [
        *vocabulary.regions.values(),
        *vocabulary.excipients.values(),
        *vocabulary.statuses.values(),
        *vocabulary.severities.values(),
        *(kind.label for kind in vocabulary.procedures.values()),
        *(kind.label for kinds in vocabulary.steps.values() for kind in kinds.values()),
        vocabulary.elsewhere,
    ]

    assert all(label.en and label.tr for label in labels)


def test_a_label_is_read_in_the_language_of_the_reader():
    title = V1.rule("R-PREG").title

    assert title.to("tr") == "Gebelik"
    assert title.to("tr-tr") == "Gebelik"
    assert title.to("en") == title.to("de") == "Pregnancy"


def test_what_is_asked_when_is_known():
    assert {question.asked for _, question in QUESTIONS} == set(Asked)


def test_the_engine_needs_no_django_of_its_own():
    """What the pure modules import themselves; the package of `clinic` loads its own."""
    names = [
        "rules",
        "gates",
        "rescreen",
        "batch",
        "suggestions",
        "reading",
        "plan_reading",
        "when",
    ]
    code = (
        "import sys, types, pathlib\n"
        "clinic = types.ModuleType('clinic'); clinic.__path__ = ['clinic']\n"
        "sys.modules['clinic'] = clinic\n"
        + "".join(f"import patients.screening.{name}\n" for name in names)
        + "assert not [name for name in sys.modules if name.split('.')[0] == 'django']\n"
    )

    subprocess.run([sys.executable, "-c", code], check=True)
