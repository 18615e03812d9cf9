"""The short form of the day (ruling 4): what its lines may say, and that they say it all."""

import itertools

import pytest

from patients.screening.rescreen import (
    answers_from_rescreen,
    codes_of_the_day,
    lines_due,
    separate_due,
)
from patients.screening.rules import applying_codes, questions_due, screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import CLEAR, V1, request, with_medicines

LINES = V1.rescreen.lines
ALL_NO = {line.id: "no" for line in LINES}
TODAY = [line for line in LINES if line.about_today]
NEW = [line for line in LINES if not line.about_today]


def told(ticks, standing):
    return answers_from_rescreen(ticks, standing, rule_set=V1)


def test_every_code_of_the_day_has_a_line_or_a_field_of_its_own_and_only_one():
    covered = [code for line in LINES for code in line.covers] + list(V1.rescreen.separate)

    assert set(covered) == codes_of_the_day(V1)
    assert len(covered) == len(set(covered))


@pytest.mark.parametrize("sex", ["F", "M", "X"])
@pytest.mark.parametrize("answers", [
    {},
    {"asthma": "yes", "diabetes": "yes", "connective_tissue_disease": "yes"},
    {"steroid_tablets_now": "yes", "high_blood_pressure": "yes", "alcohol_24h": "yes"},
    {"anaphylaxis_ever": "yes"},
])  # fmt: skip
def test_what_is_due_for_a_patient_is_on_the_form(sex, answers):
    patient = request(sex=sex, answers=answers)
    due = {question.code for question in questions_due(patient, "session", rule_set=V1)}

    shown = {code for line in lines_due(patient, rule_set=V1) for code in line.covers}
    shown |= {question.code for question in separate_due(patient, rule_set=V1)}

    assert due <= shown


def test_the_form_of_a_man_does_not_ask_about_pregnancy():
    assert "pregnancy" not in {line.id for line in lines_due(request(sex="M"), rule_set=V1)}
    assert "pregnancy" in {line.id for line in lines_due(request(), rule_set=V1)}


def test_the_form_is_short():
    assert len(LINES) <= 16
    assert all(line.text.en and line.text.tr for line in LINES)


@pytest.mark.parametrize("line", TODAY, ids=lambda line: line.id)
def test_no_on_a_line_of_today_is_a_no_to_every_code(line):
    standing = dict.fromkeys(CLEAR["answers"], "no")

    answers = told({line.id: "no"}, standing).answers

    assert answers == dict.fromkeys(line.covers, "no")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
@pytest.mark.parametrize("tick", [None, "unknown", "", "maybe"])
def test_a_line_that_was_not_answered_answers_nothing(line, tick):
    assert told({line.id: tick}, CLEAR["answers"]).answers == {}


@pytest.mark.parametrize("line", TODAY, ids=lambda line: line.id)
def test_yes_on_a_line_of_today_asks_everything_behind_it(line):
    result = told({line.id: "yes"}, CLEAR["answers"])

    assert result.answers == {}
    assert set(result.to_ask) == set(line.covers)


def states(code):
    question = V1.question(code)
    if question.kind == "date":
        return ["2026-11-20", "2025-01-01"]
    if question.kind == "list":
        return [["cheek_left"]] if question.about_regions else [[question.choices[0]]]
    if question.kind == "choice":
        return [choice for choice in question.choices if choice != "none"]
    return ["yes"]


STATES = [
    (line, code, state)
    for line in NEW
    for code in line.covers
    if V1.question(code).field is None
    for state in states(code)
]


@pytest.mark.parametrize(("line", "code", "state"), STATES)
@pytest.mark.parametrize("tick", ["yes", "no"])
def test_a_line_about_what_is_new_never_writes_over_a_state(line, code, state, tick):
    assert told({line.id: tick}, {code: state}).answers[code] == state


@pytest.mark.parametrize(("line", "code"), [
    (line, code) for line in NEW for code in line.covers if V1.question(code).field is None
])  # fmt: skip
def test_nothing_new_confirms_what_was_said_and_cannot_confirm_silence(line, code):
    assert told({line.id: "no"}, {code: "no"}).answers == {code: "no"}
    for silence in ({}, {code: None}, {code: "unknown"}):
        result = told({line.id: "no"}, silence)
        assert code not in result.answers
        assert code in result.to_ask


def test_nothing_new_confirms_the_lists():
    assert set(told(ALL_NO, CLEAR["answers"]).confirmed) == {
        "medications",
        "allergies",
        "procedures",
    }


DATES = [code for line in TODAY for code in line.covers if V1.question(code).kind == "date"]


@pytest.mark.parametrize("code", DATES)
@pytest.mark.parametrize("day", ["2026-11-20", "2021-05-10"])
def test_what_happened_on_a_day_is_not_undone_by_a_no(code, day):
    assert told(ALL_NO, {**CLEAR["answers"], code: day}).answers[code] == day


@pytest.mark.parametrize(("active", "state", "healed"), [
    ("infection_in_area", ["cheek_left"], "infection_healed_on"),
    ("inflammation_in_area", "yes", "inflammation_healed_on"),
    ("herpes_active", "yes", "herpes_healed_on"),
    ("herpes_active", "unknown", "herpes_healed_on"),
])  # fmt: skip
def test_what_was_there_last_time_is_asked_when_it_healed(active, state, healed):
    standing = {**CLEAR["answers"], active: state}

    result = told(ALL_NO, standing)

    assert result.answers[active] == "no"
    assert healed not in result.answers
    assert healed in result.to_ask
    after = request(answers=result.answers, left_out=(healed,))
    assert screen(after, rule_set=V1).verdict is Verdict.HOLD


def test_a_healthy_day_is_clear_with_one_click_a_line():
    patient = request()
    separate = {question.code for question in separate_due(patient, rule_set=V1)}
    standing = {code: answer for code, answer in patient["answers"].items() if code not in separate}
    kept = {code: patient["answers"][code] for code in separate if code in patient["answers"]}

    result = answers_from_rescreen(
        ALL_NO, standing, rule_set=V1, applying=applying_codes(patient, rule_set=V1)
    )

    assert result.to_ask == ()
    untouched = {code: v for code, v in standing.items() if code not in codes_of_the_day(V1)}
    today = {**patient, "answers": {**untouched, **result.answers, **kept}}
    assert screen(today, rule_set=V1).verdict is Verdict.CLEAR


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
def test_a_line_left_out_holds(line):
    ticks = {name: tick for name, tick in ALL_NO.items() if name != line.id}
    lists = {"medications", "allergies", "procedures"}
    result = told(ticks, CLEAR["answers"])
    day = codes_of_the_day(V1)
    answers = {code: v for code, v in CLEAR["answers"].items() if code not in day}
    answers |= result.answers
    answers |= {code: CLEAR["answers"][code] for code in V1.rescreen.separate
                if code in CLEAR["answers"]}  # fmt: skip
    today = {**CLEAR, "answers": answers}
    for name in lists - set(result.confirmed):
        today.pop(name)
        today.pop(f"{name}_none", None)

    assert screen(today, rule_set=V1).verdict is Verdict.HOLD


def test_nothing_new_never_makes_a_standing_hold_milder():
    standing_states = {"anticoagulant_now": "yes", "spot_changed": ["cheek_left"],
                       "previous_reaction": ["hives"], "clot_history": "yes"}  # fmt: skip
    for size in range(1, 5):
        for codes in itertools.combinations(standing_states, size):
            said = {code: standing_states[code] for code in codes}
            before = screen(request(answers=said), rule_set=V1)
            result = told(ALL_NO, {**CLEAR["answers"], **said})
            after = screen(request(answers={**said, **result.answers}), rule_set=V1)
            assert after.verdict.rank >= before.verdict.rank


def test_what_does_not_apply_is_neither_answered_nor_asked_but_never_forgotten():
    man = applying_codes(request(sex="M"), rule_set=V1)
    standing = {"cancer_drug_for_cancer": "yes"}

    result = answers_from_rescreen(ALL_NO, standing, rule_set=V1, applying=man)

    assert "pregnant" not in result.answers
    assert "antibiotic_for_infection" not in result.to_ask
    assert result.answers["cancer_drug_for_cancer"] == "yes"


def test_a_medicine_on_the_list_brings_its_question_to_the_form():
    taking = with_medicines("Augmentin", status="current")

    assert "antibiotic_for_infection" in {
        question.code for question in questions_due(taking, "session", rule_set=V1)
    }
