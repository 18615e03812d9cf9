"""Which medicines a follow-up question is about (correction 29)."""

import itertools

from patients.screening.rescreen import is_state
from patients.screening.rules import medicines_asked_about, screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import V1, V2, complete, rules_in
from patients.screening.tests.laws import is_not_milder

CODE = "antibiotic_for_infection"


def taking(*texts, said):
    patient = complete(V2)
    patient["medications"] = [{"text": text, "status": "current"} for text in texts]
    patient["medications_none"] = False
    patient["answers"].pop(CODE, None)
    if said is not None:
        patient["answers"][CODE] = said
    return patient


def screened(*texts, said):
    return screen(taking(*texts, said=said), rule_set=V2)


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


def test_a_name_that_was_written_twice_is_asked_about_once():
    patient = taking("Augmentin", "AUGMENTIN", said=None)

    assert medicines_asked_about(V2.question(CODE), patient, rule_set=V2) == ("Augmentin",)


def test_one_yes_is_a_yes_also_where_the_same_name_was_denied_after_it():
    said = {"Augmentin": "yes", "AUGMENTIN": "no"}

    assert "R-SYSTEMIC-INFECT" in rules_in(screened("Augmentin", said=said))
    assert "R-SYSTEMIC-INFECT" not in rules_in(screened("Augmentin", said={"AUGMENTIN": "no"}))


def test_a_no_needs_every_medicine_and_do_not_know_is_none():
    both = {"Augmentin": "no", "Monodoks": "no"}

    assert CODE not in screened("Augmentin", "Monodoks", said=both).unanswered
    for said in ({"Augmentin": "no"}, both | {"Monodoks": "unknown"}, both | {"Monodoks": 3}, {}):
        response = screened("Augmentin", "Monodoks", said=said)
        assert CODE in response.unanswered
        assert response.verdict is Verdict.HOLD


def test_a_worse_answer_for_one_medicine_or_one_more_of_them_never_makes_it_milder():
    tables = [
        {name: word for name, word in zip(("Augmentin", "Monodoks"), words, strict=True) if word}
        for words in itertools.product(("no", "unknown", "yes", None), repeat=2)
    ]
    rank = {"no": 0, None: 1, "unknown": 1, "yes": 2}
    for before, after in itertools.product(tables, repeat=2):
        worse = all(
            rank[before.get(name)] <= rank[after.get(name)] for name in ("Augmentin", "Monodoks")
        )
        if worse:
            assert is_not_milder(
                screened("Augmentin", "Monodoks", said=before),
                screened("Augmentin", "Monodoks", said=after),
            )
        assert is_not_milder(
            screened("Augmentin", said=before), screened("Augmentin", "Monodoks", said=before)
        )


def test_only_a_yes_among_them_is_a_state_of_the_patient():
    question = V2.question(CODE)

    assert is_state(question, {"Augmentin": "no", "Monodoks": "yes"})
    assert not is_state(question, {"Augmentin": "no", "Monodoks": "unknown"})
