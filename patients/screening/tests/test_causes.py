"""Causes are told once: what the intake knows is offered to the skin analysis."""

import pytest

from patients.screening.rules import causes_told, medicines_asked_about
from patients.screening.tests.cases import V1, V2, complete


def told(medicines=(), **answers):
    patient = complete(V2)
    patient["answers"] |= answers
    if medicines:
        patient["medications"] = [{"text": text, "status": "current"} for text in medicines]
        patient["medications_none"] = False
    return {each.cause.id: each.because for each in causes_told(patient, rule_set=V2)}


@pytest.mark.parametrize(
    ("answers", "cause"),
    [
        ({"pregnant": "yes"}, "pregnancy"),
        ({"delivered_on": "2026-03-01"}, "pregnancy"),
        ({"hormonal_contraception": "combined"}, "hormones"),
        ({"hormonal_contraception": "progestogen_only"}, "hormones"),
        ({"fertility_treatment": "yes"}, "hormones"),
        ({"scented_cosmetics": "yes"}, "cosmetics"),
        ({"sun_last_on": "2026-11-20"}, "sun"),
        ({"pih_after_procedure": "yes"}, "inflammation"),
    ],
)
def test_an_answer_names_a_cause(answers, cause):
    assert cause in told(**answers)


@pytest.mark.parametrize(
    ("medicine", "cause"),
    [
        ("Yasmin", "hormones"),
        ("Nuvaring", "hormones"),
        ("Estrofem", "hormones"),
        ("Cordarone", "medicine"),
        ("Lustral", "medicine"),
        ("Tetradox", "medicine"),
    ],
)
def test_a_medicine_names_a_cause_and_says_which_it_is(medicine, cause):
    assert medicine in told([medicine])[cause]["medication"]


def test_nothing_told_is_no_cause():
    assert told() == {}
    assert told(hormonal_contraception="none", scented_cosmetics="no", sun_last_on="no") == {}
    assert causes_told(complete(V1), rule_set=V1) == ()


def test_a_question_about_a_medicine_names_each_of_them():
    patient = complete(V2)
    patient["medications"] = [
        {"text": "Augmentin", "status": "current"},
        {"text": "Parol", "status": "current"},
        {"text": "Monodoks", "status": "stopped", "last_taken": "2026-11-20"},
        {"text": "Tetradox", "status": "stopped", "last_taken": "2026-01-20"},
    ]

    def asked(code, rule_set):
        return medicines_asked_about(rule_set.question(code), patient, rule_set=rule_set)

    assert asked("antibiotic_for_infection", V2) == ("Augmentin", "Monodoks")
    assert asked("keloid", V2) == ()
    assert asked("antibiotic_for_infection", V1) == ()
