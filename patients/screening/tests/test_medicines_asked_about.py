"""Which medicines a follow-up question is about (correction 29)."""

from patients.screening.rules import medicines_asked_about
from patients.screening.tests.cases import V1, V2, complete


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
