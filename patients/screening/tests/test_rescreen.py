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
from patients.screening.tests.cases import (
    CLEAR,
    V1,
    V2,
    VERSIONS,
    complete,
    request,
    with_medicines,
)

LINES = V1.rescreen.lines
ALL_NO = {line.id: "no" for line in LINES}
TODAY = [(rules, line) for rules in VERSIONS for line in rules.rescreen.lines if line.about_today]
NEW = [(rules, line) for rules in VERSIONS for line in rules.rescreen.lines if not line.about_today]

in_both_versions = pytest.mark.parametrize("rules", VERSIONS, ids=lambda rules: rules.version)


def named(value):
    return getattr(value, "id", None) or getattr(value, "version", None)


def told(ticks, standing, rules=V2):
    return answers_from_rescreen(ticks, standing, rule_set=rules)


@in_both_versions
def test_every_code_of_the_day_has_a_line_or_a_field_of_its_own_and_only_one(rules):
    lines = rules.rescreen.lines
    covered = [code for line in lines for code in line.covers] + list(rules.rescreen.separate)

    assert set(covered) == codes_of_the_day(rules)
    assert len(covered) == len(set(covered))


def test_version_2_asks_again_what_may_be_new_and_names_it():
    lines = {line.id: line for line in V2.rescreen.lines}

    assert "stent_on" in lines["illness"].covers
    assert "antiseptic_reaction" in lines["allergies"].covers
    assert "spot_cleared_by_exam" in V2.rescreen.separate
    assert lines["clot_signs"].text.tr == V2.question("acute_clot_signs").text.tr
    assert "112" in lines["clot_signs"].text.en


@in_both_versions
@pytest.mark.parametrize("sex", ["F", "M", "X"])
@pytest.mark.parametrize("answers", [
    {},
    {"asthma": "yes", "diabetes": "yes", "connective_tissue_disease": "yes"},
    {"steroid_tablets_now": "yes", "high_blood_pressure": "yes", "alcohol_24h": "yes"},
    {"anaphylaxis_ever": "yes"},
    {"spot_changed": ["hands"]},
])  # fmt: skip
def test_what_is_due_for_a_patient_is_on_the_form(rules, sex, answers):
    patient = request(sex=sex, answers=answers)
    due = {question.code for question in questions_due(patient, "session", rule_set=rules)}

    shown = {code for line in lines_due(patient, rule_set=rules) for code in line.covers}
    shown |= {question.code for question in separate_due(patient, rule_set=rules)}

    assert due <= shown


def test_a_new_illness_is_asked_for_by_its_name():
    standing = {"conditions": ["PCOS"], "cancer_now": "no"}

    yes = told({"illness": "yes"}, standing)
    no = told({"illness": "no"}, standing)

    assert "conditions" in yes.to_ask
    assert "conditions" not in yes.answers
    assert no.answers["conditions"] == ["PCOS"]
    assert "conditions" in told({"illness": "no"}, {}).to_ask
    assert "conditions" not in told({"illness": "yes"}, standing, V1).to_ask


def test_the_form_of_a_man_does_not_ask_about_pregnancy():
    assert "pregnancy" not in {line.id for line in lines_due(request(sex="M"), rule_set=V1)}
    assert "pregnancy" in {line.id for line in lines_due(request(), rule_set=V1)}


@in_both_versions
def test_the_form_is_short(rules):
    assert len(rules.rescreen.lines) <= 16
    assert all(line.text.en and line.text.tr for line in rules.rescreen.lines)


@pytest.mark.parametrize(("rules", "line"), TODAY, ids=named)
def test_no_on_a_line_of_today_is_a_no_to_every_code(rules, line):
    standing = dict.fromkeys(CLEAR["answers"], "no")

    answers = told({line.id: "no"}, standing, rules).answers

    assert answers == dict.fromkeys(line.covers, "no")


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.id)
@pytest.mark.parametrize("tick", [None, "unknown", "", "maybe"])
def test_a_line_that_was_not_answered_answers_nothing(line, tick):
    assert told({line.id: tick}, CLEAR["answers"]).answers == {}


@pytest.mark.parametrize(("rules", "line"), TODAY, ids=named)
def test_yes_on_a_line_of_today_asks_everything_behind_it(rules, line):
    result = told({line.id: "yes"}, CLEAR["answers"], rules)

    assert result.answers == {}
    assert set(result.to_ask) == set(line.covers)


def states(question):
    if question.kind == "date":
        return ["2026-11-20", "2025-01-01"]
    if question.kind == "list":
        return [["cheek_left"]] if question.about_regions else [[question.choices[0]]]
    if question.kind == "choice":
        return [choice for choice in question.choices if choice != "none"]
    return ["yes"]


CODES = [
    (rules, line, code)
    for rules, line in NEW
    for code in line.covers
    if rules.question(code).field is None
]
STATES = [
    (rules, line, code, state)
    for rules, line, code in CODES
    for state in states(rules.question(code))
]


@pytest.mark.parametrize(("rules", "line", "code", "state"), STATES, ids=named)
@pytest.mark.parametrize("tick", ["yes", "no"])
def test_a_line_about_what_is_new_never_writes_over_a_state(rules, line, code, state, tick):
    assert told({line.id: tick}, {code: state}, rules).answers[code] == state


@pytest.mark.parametrize(("rules", "line", "code"), CODES, ids=named)
def test_nothing_new_confirms_what_was_said_and_cannot_confirm_silence(rules, line, code):
    assert told({line.id: "no"}, {code: "no"}, rules).answers == {code: "no"}
    for silence in ({}, {code: None}, {code: "unknown"}):
        result = told({line.id: "no"}, silence, rules)
        assert code not in result.answers
        assert code in result.to_ask


def test_nothing_new_confirms_the_lists():
    assert set(told(ALL_NO, CLEAR["answers"]).confirmed) == {
        "medications",
        "allergies",
        "procedures",
    }


DATES = [
    (rules, code)
    for rules, line in TODAY
    for code in line.covers
    if rules.question(code).kind == "date"
]


@pytest.mark.parametrize(("rules", "code"), DATES, ids=named)
@pytest.mark.parametrize("day", ["2026-11-20", "2021-05-10"])
def test_what_happened_on_a_day_is_not_undone_by_a_no(rules, code, day):
    assert told(ALL_NO, {**CLEAR["answers"], code: day}, rules).answers[code] == day


@pytest.mark.parametrize(("active", "state", "healed"), [
    ("infection_in_area", ["cheek_left"], "infection_healed_on"),
    ("inflammation_in_area", "yes", "inflammation_healed_on"),
    ("herpes_active", "yes", "herpes_healed_on"),
    ("herpes_active", "unknown", "herpes_healed_on"),
])  # fmt: skip
def test_what_was_there_last_time_is_asked_when_it_healed(active, state, healed):
    standing = {**complete(V2)["answers"], active: state}

    result = told(ALL_NO, standing)

    assert result.answers[active] == "no"
    assert healed not in result.answers
    assert healed in result.to_ask
    after = {**complete(V2), "answers": {**standing, **result.answers}}
    del after["answers"][healed]
    assert screen(after, rule_set=V2).verdict is Verdict.HOLD


@in_both_versions
def test_a_healthy_day_is_clear_with_one_click_a_line(rules):
    patient = complete(rules)
    separate = {question.code for question in separate_due(patient, rule_set=rules)}
    standing = {code: answer for code, answer in patient["answers"].items() if code not in separate}
    kept = {code: patient["answers"][code] for code in separate if code in patient["answers"]}
    # The illnesses stand beside the answers in a request, and among them where they are kept.
    standing["conditions"] = "no"

    result = answers_from_rescreen(
        ALL_NO, standing, rule_set=rules, applying=applying_codes(patient, rule_set=rules)
    )

    assert result.to_ask == ()
    untouched = {code: v for code, v in standing.items() if code not in codes_of_the_day(rules)}
    answers = {**untouched, **result.answers, **kept}
    assert answers.pop("conditions") == "no"
    today = {**patient, "answers": answers}
    assert screen(today, rule_set=rules).verdict is Verdict.CLEAR


@pytest.mark.parametrize(("rules", "line"), [*TODAY, *NEW], ids=named)
def test_a_line_left_out_holds(rules, line):
    ticks = {name: tick for name, tick in ALL_NO.items() if name != line.id}
    lists = {"medications", "allergies", "procedures"}
    said = complete(rules)["answers"]
    result = told(ticks, said, rules)
    day = codes_of_the_day(rules)
    answers = {code: v for code, v in said.items() if code not in day}
    answers |= result.answers
    answers |= {code: said[code] for code in rules.rescreen.separate if code in said}
    today = {**complete(rules), "answers": answers}
    for name in lists - set(result.confirmed):
        today.pop(name)
        today.pop(f"{name}_none", None)

    assert screen(today, rule_set=rules).verdict is Verdict.HOLD


def with_answers(answers):
    patient = complete(V2)
    return {**patient, "answers": {**patient["answers"], **answers}}


def test_nothing_new_never_makes_a_standing_hold_milder():
    standing_states = {"anticoagulant_now": "yes", "spot_changed": ["cheek_left"],
                       "previous_reaction": ["hives"], "clot_history": "yes"}  # fmt: skip
    for size in range(1, 5):
        for codes in itertools.combinations(standing_states, size):
            said = {code: standing_states[code] for code in codes}
            before = screen(with_answers(said), rule_set=V2)
            result = told(ALL_NO, {**complete(V2)["answers"], **said})
            after = screen(with_answers({**said, **result.answers}), rule_set=V2)
            assert after.verdict.rank >= before.verdict.rank


def test_what_does_not_apply_is_neither_answered_nor_asked_but_never_forgotten():
    man = applying_codes(request(sex="M"), rule_set=V2)
    standing = {"cancer_drug_for_cancer": "yes"}

    result = answers_from_rescreen(ALL_NO, standing, rule_set=V2, applying=man)

    assert "pregnant" not in result.answers
    assert "antibiotic_for_infection" not in result.to_ask
    assert result.answers["cancer_drug_for_cancer"] == "yes"


def test_a_medicine_on_the_list_brings_its_question_to_the_form():
    taking = with_medicines("Augmentin", status="current")

    assert "antibiotic_for_infection" in {
        question.code for question in questions_due(taking, "session", rule_set=V2)
    }
