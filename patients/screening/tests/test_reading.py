"""What counts as answered: sections 1, 2 and 9 of the screening contract."""

from typing import Any

import pytest

from patients.screening.reading import UnreadableRequest
from patients.screening.rules import applies, applying_codes, questions_due, screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import (
    V1,
    answer,
    found,
    gaps,
    request,
    rules_in,
    with_allergies,
    with_medicines,
)


def screened(changed):
    return screen(changed, rule_set=V1)


@pytest.mark.parametrize("value", ["unknown", None, "", "NO", "hayır", 0, False, [], {}, "no "])
def test_what_is_not_a_yes_or_a_no_is_unanswered(value):
    response = answer(answers={"keloid": value})

    assert response.unanswered == ("keloid",)
    assert response.verdict is Verdict.HOLD


def test_a_missing_answer_is_unanswered():
    assert answer(left_out=("keloid",)).unanswered == ("keloid",)


def test_with_no_answers_at_all_every_mandatory_code_of_the_patient_is_open():
    response = screened({"id": 1, "on": "2026-11-23"})

    assert response.verdict is Verdict.HOLD
    assert {"age", "sex", "phototype", "area", "medications", "allergies"} <= set(
        response.unanswered
    )
    assert {"procedures", "steps.antiseptic", "steps.anaesthetic_cream", "cocktail"} <= set(
        response.unanswered
    )
    # 69 for everyone, the 8 about pregnancy (age and sex are not known), 10 beside the answers.
    assert len(response.unanswered) == 69 + 8 + 10


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("bmi", 9.9),
        ("bmi", "24"),
        ("bmi", True),
        ("bmi", 80.1),
        ("stent_on", "2026-11-24"),
        ("stent_on", "23.11.2026"),
        ("stent_on", "20261123"),
        ("stent_on", "yes"),
        ("kidney", "Ckd"),
        ("infection_in_area", ["cheek_left", "ear"]),
        ("infection_in_area", ["no"]),
        ("infection_in_area", "cheek_left"),
        ("infection_in_area", [["cheek_left"]]),
        ("previous_reaction", "yes"),
    ],
)
def test_an_unreadable_value_is_unanswered(code, value):
    assert code in answer(answers={code: value}).unanswered


@pytest.mark.parametrize(
    ("code", "value"),
    [
        ("bmi", 10),
        ("bmi", 80),
        ("stent_on", "2015-01-01"),
        ("infection_in_area", []),
        ("infection_in_area", ["elsewhere"]),
        ("spot_changed", "no"),
    ],
)
def test_a_readable_value_is_an_answer(code, value):
    assert answer(answers={code: value}).unanswered == ()


def test_a_date_that_must_be_one_cannot_be_no():
    answers = {"cancer_past": "yes", "cancer_treatment_ended_on": "no", "melanoma_ever": "no"}

    assert answer(answers=answers).unanswered == ("cancer_treatment_ended_on",)


def test_yes_to_a_question_about_regions_means_every_planned_one():
    response = answer(answers={"infection_in_area": "yes"})

    assert found(response) == {
        ("R-INFECT-AREA", "temporary", "cheek_left"),
        ("R-INFECT-AREA", "temporary", "cheek_right"),
    }


def test_a_question_that_does_not_apply_is_not_asked_and_its_answer_still_counts():
    man = {"sex": "M"}
    left_out = ("pregnant", "period_late", "breastfeeding")

    assert answer(**man, left_out=left_out).verdict is Verdict.CLEAR
    assert rules_in(answer(**man, answers={"breastfeeding": "yes"})) == {"R-BREASTFEED"}


def test_an_optional_answer_that_is_given_must_be_readable():
    assert answer(answers={"platelets": "normal"}).unanswered == ("platelets",)
    assert answer(answers={"platelets": None}).unanswered == ("platelets",)
    assert answer(answers={"platelets": 250}).verdict is Verdict.CLEAR


def test_an_optional_answer_is_not_asked_for_where_it_does_not_apply():
    assert answer(answers={"cd4": "unknown"}).verdict is Verdict.CLEAR


def test_without_age_and_sex_pregnancy_is_asked():
    response = answer(born=None, sex=None, left_out=("pregnant",))

    assert set(response.unanswered) == {"age", "sex", "pregnant"}


@pytest.mark.parametrize("born", ["2008-11-24", "2010-01-01"])
def test_under_eighteen_is_refused(born):
    assert rules_in(answer(born=born)) == {"R-MINOR"}


def test_the_eighteenth_birthday_counts():
    assert answer(born="2008-11-23").verdict is Verdict.CLEAR


def test_the_birth_date_wins_over_the_age_even_when_it_cannot_be_read():
    assert answer(born="1992-02-30", age=34).unanswered == ("age",)
    assert answer(born=None, age=34).verdict is Verdict.CLEAR
    assert screened({**request(age=34), "born": None}).verdict is Verdict.CLEAR


@pytest.mark.parametrize("age", [-1, 121, 34.5, "34", True, None])
def test_an_age_is_a_whole_number_of_years(age):
    assert screened({**request(born=None), "age": age}).unanswered == ("age",)


def test_the_weight_is_asked_only_with_lidocaine():
    plain = [{"ingredient": "lidocaine", "mg": 20, "product_excipients": []}]

    assert answer(cocktail=plain).unanswered == ("weight_kg",)
    assert answer(cocktail=plain, weight_kg=60).verdict is Verdict.CLEAR
    assert answer(weight_kg="heavy").verdict is Verdict.CLEAR


# -- lists ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["medications", "allergies"])
def test_an_empty_list_means_none_only_where_the_patient_said_so(name):
    assert answer(**{f"{name}_none": False}).unanswered == (name,)
    assert answer(**{f"{name}_none": None}).unanswered == (name,)
    assert answer(**{f"{name}_none": "true"}).unanswered == (name,)
    assert screened({**request(), name: None}).unanswered == (name,)
    assert screened({**request(), name: "yok"}).unanswered == (name,)
    assert answer(**{name: None}).verdict is Verdict.CLEAR


def test_a_list_with_entries_counts_whatever_else_is_said():
    response = answer(medications=[{"text": "Coumadin"}], medications_none=True)

    assert rules_in(response) == {"R-ANTICOAG"}


@pytest.mark.parametrize("entry", ["aspirin", {"status": "current"}, {"text": 7}, None, [1]])
def test_an_entry_without_a_text_is_unrecognised_as_it_stands(entry):
    response = answer(medications=[entry], medications_none=False)

    assert [gap.field for gap in response.unrecognised] == ["medications"]
    assert response.verdict is Verdict.HOLD


def test_an_entry_without_a_text_is_shown_as_compact_json():
    response = answer(medications=[{"status": "current", "x": 1.5}], medications_none=False)

    assert gaps(response) == {("medications", '{"status":"current","x":1.5}')}


def test_an_unreadable_status_is_taken_now():
    assert rules_in(screened(with_medicines("Coumadin", status="bıraktım"))) == {"R-ANTICOAG"}


def test_a_stopped_medicine_needs_its_last_dose_where_a_rule_asks_for_it():
    assert screened(with_medicines("Coumadin", status="stopped")).unanswered == (
        "medications.0.last_taken",
    )
    assert screened(with_medicines("Parol", status="stopped")).verdict is Verdict.CLEAR


def test_a_last_dose_cannot_lie_ahead():
    medicine = {"status": "stopped", "last_taken": "2026-11-24"}

    assert screened(with_medicines("Coumadin", **medicine)).unanswered == (
        "medications.0.last_taken",
    )


def test_an_unreadable_start_counts_as_taken_long_enough():
    naproxen = {"status": "current", "since": "geçen yıl"}

    assert "R-PHOTOSENS-DRUG" in rules_in(screened(with_medicines("naproxen", **naproxen)))
    fresh = {"status": "current", "since": "2026-11-20"}
    assert "R-PHOTOSENS-DRUG" not in rules_in(screened(with_medicines("naproxen", **fresh)))


@pytest.mark.parametrize("severity", ["ölümcül", None, 3, "Severe"])
def test_an_allergy_of_unknown_severity_is_unrecognised(severity):
    response = screened(with_allergies("polen", severity=severity))

    assert gaps(response) == {("allergies", "polen")}


def test_an_allergy_without_a_severity_is_understood():
    assert screened(with_allergies("polen")).verdict is Verdict.CLEAR


def test_a_procedure_needs_a_known_kind_and_a_day():
    response = answer(procedures=[{"kind": "thread_lift", "on": "2026-13-01"}])

    assert gaps(response) == {("procedures", "thread_lift")}
    assert response.unanswered == ("procedures.0.on",)


def test_a_procedure_in_an_unknown_region_may_have_been_anywhere():
    response = answer(
        procedures=[{"kind": "ipl", "on": "2026-11-13", "area": ["cheek_left", "ear"]}]
    )

    assert gaps(response) == {("procedures", "ear")}
    assert {f.target for f in response.findings} == {"cheek_left", "cheek_right"}


@pytest.mark.parametrize("area", [None, [], "cheek", 5])
def test_a_procedure_without_a_readable_area_may_have_been_anywhere(area):
    response = answer(procedures=[{"kind": "ipl", "on": "2026-11-13", "area": area}])

    assert {f.target for f in response.findings} == {"cheek_left", "cheek_right"}
    assert response.unrecognised == ()


@pytest.mark.parametrize("area", [["elsewhere"], "elsewhere"])
def test_a_procedure_elsewhere_does_not_wait(area):
    procedures = [{"kind": "ipl", "on": "2026-11-13", "area": area}]

    assert answer(procedures=procedures).verdict is Verdict.CLEAR


def test_the_last_session_may_be_absent_but_not_unreadable():
    assert screened({**request(), "last_session_on": None}).verdict is Verdict.CLEAR
    assert answer(last_session_on="last week").unanswered == ("last_session_on",)
    assert rules_in(answer(last_session_on="2026-11-17")) == {"R-MESO-INTERVAL"}
    assert answer(last_session_on="2026-11-16").verdict is Verdict.CLEAR


def test_an_illness_in_own_words_answers_its_question():
    response = answer(conditions=[{"text": "EPİLEPSİ"}])

    assert rules_in(response) == {"R-TXA-SEIZURE"}
    assert answer(conditions=[{"text": "Hashimoto tiroiditi"}]).verdict is Verdict.CLEAR


def test_an_illness_that_nobody_knows_is_unrecognised():
    response = answer(conditions=[{"text": "tuhaf hastalık"}, {"txt": "x"}])

    assert gaps(response) == {("conditions", "tuhaf hastalık"), ("conditions", '{"txt":"x"}')}
    assert answer(conditions="yok").unanswered == ("conditions",)


def test_codes_that_do_not_exist_are_unrecognised():
    response = answer(answers={"pregnnt": "yes", "sex": "M"})

    assert gaps(response) == {("answers", "pregnnt"), ("answers", "sex")}


def test_other_fields_are_ignored():
    assert answer(nickname="x", medications_count=3).verdict is Verdict.CLEAR


# -- the plan ---------------------------------------------------------------------------------


def test_gloves_that_nobody_named_are_latex():
    latex = with_allergies("lateks")

    assert found(screened(latex)) == {("R-ALLERGY-ANTISEPTIC", "absolute", "gloves")}
    latex["steps"]["gloves"] = "nitrile"
    assert screened(latex).verdict is Verdict.CLEAR


@pytest.mark.parametrize(
    ("steps", "open_codes", "unknown"),
    [
        ({"antiseptic": "vodka", "anaesthetic_cream": "none"}, {"steps.antiseptic"}, {"vodka"}),
        ({"anaesthetic_cream": "none"}, {"steps.antiseptic"}, set()),
        ({"antiseptic": 4, "anaesthetic_cream": "none"}, {"steps.antiseptic"}, set()),
        (["x"], {"steps.antiseptic", "steps.anaesthetic_cream"}, set()),
    ],
)
def test_a_step_outside_its_list_is_open(steps, open_codes, unknown):
    response = answer(steps=steps)

    assert set(response.unanswered) == open_codes
    assert {gap.text for gap in response.unrecognised} == unknown


@pytest.mark.parametrize("gloves", ["leather", None, 3])
def test_unknown_gloves_hold(gloves):
    steps = {"antiseptic": "alcohol_70", "anaesthetic_cream": "none", "gloves": gloves}

    response = answer(steps=steps)

    assert [gap.field for gap in response.unrecognised] == ["steps"]


def test_an_unknown_ingredient_is_open_and_the_known_ones_still_count():
    response = answer(
        cocktail=[
            {"ingredient": "unicorn_extract"},
            {"ingredient": "kojic_acid", "product_excipients": []},
        ]
    )

    assert response.unanswered == ("cocktail",)
    assert gaps(response) == {("cocktail", "unicorn_extract")}
    assert found(response) == {("R-TOPICAL-ONLY", "absolute", "kojic_acid")}


@pytest.mark.parametrize("cocktail", [None, "tranexamic_acid", {}, [7], [{"mg": 8}]])
def test_a_cocktail_that_cannot_be_read_is_open(cocktail):
    assert "cocktail" in screened({**request(), "cocktail": cocktail}).unanswered


def test_no_cocktail_chosen_yet_is_readable():
    assert answer(cocktail=[]).verdict is Verdict.CLEAR


@pytest.mark.parametrize("mg", ["8", None, -1, True])
def test_a_dose_that_is_given_must_be_readable(mg):
    cocktail = [{"ingredient": "niacinamide", "mg": mg, "product_excipients": []}]

    assert answer(cocktail=cocktail).unanswered == ("cocktail.0.mg",)


def test_doses_are_compared_as_exact_decimals():
    def cocktail(*doses):
        return [{"ingredient": "niacinamide", "mg": mg, "product_excipients": []} for mg in doses]

    # As binary floats 0.1 + 0.2 + 49.7 is more than 50.
    assert 0.1 + 0.2 + 49.7 > 50 or 0.1 + 0.2 != 0.3
    assert answer(cocktail=cocktail(0.1, 0.2, 49.7)).verdict is Verdict.CLEAR
    assert answer(cocktail=cocktail(50)).verdict is Verdict.CLEAR
    assert found(answer(cocktail=cocktail(50.000000000000000000001, 1))) == {
        ("R-DOSE-LIMIT", "caution", "niacinamide")
    }
    assert found(answer(cocktail=cocktail(60, 40.1))) == {
        ("R-DOSE-LIMIT", "absolute", "niacinamide")
    }


def test_an_unread_leaflet_is_asked_for_where_it_may_harm():
    cocktail = [{"ingredient": "ascorbic_acid", "mg": 60}]

    assert answer(cocktail=cocktail).verdict is Verdict.CLEAR
    wheezing = answer(cocktail=cocktail, answers={"sulfite_reaction": "yes"})
    assert wheezing.unanswered == ("cocktail.0.product_excipients",)
    asthmatic = answer(cocktail=cocktail, answers={"asthma": "yes", "asthma_last_attack_on": "no"})
    assert asthmatic.unanswered == ("cocktail.0.product_excipients",)
    allergic = screened({**with_allergies("sülfit"), "cocktail": cocktail})
    assert allergic.unanswered == ("cocktail.0.product_excipients",)


@pytest.mark.parametrize("excipients", ["none", None, ["glitter"]])
def test_a_leaflet_that_cannot_be_read_is_open(excipients):
    cocktail = [{"ingredient": "niacinamide", "product_excipients": excipients}]

    assert answer(cocktail=cocktail).unanswered == ("cocktail.0.product_excipients",)


def test_lidocaine_counts_from_syringe_and_cream():
    # Half of 4 g x 40 mg/g is 80 mg; 42 kg allow 189 mg.
    plan: dict[str, Any] = {
        "steps": {
            "antiseptic": "alcohol_70",
            "anaesthetic_cream": "lidocaine_cream",
            "anaesthetic_cream_g": 4,
        },
        "weight_kg": 42,
    }

    def lidocaine(mg):
        return [{"ingredient": "lidocaine", "mg": mg, "product_excipients": []}]

    assert found(answer(**plan, cocktail=lidocaine(109))) == {
        ("R-DOSE-LIMIT", "caution", "lidocaine")
    }
    assert found(answer(**plan, cocktail=lidocaine(109.1))) == {
        ("R-DOSE-LIMIT", "absolute", "lidocaine")
    }
    plan["steps"]["anaesthetic_cream_g"] = "a lot"
    assert "steps.anaesthetic_cream_g" in answer(**plan, cocktail=lidocaine(10)).unanswered


# -- the day, and the forms -------------------------------------------------------------------


@pytest.mark.parametrize("on", [None, "", "1999-12-31", "2200-01-01", "2026-02-30", 20261123])
def test_a_request_without_a_readable_day_cannot_be_screened(on):
    with pytest.raises(UnreadableRequest):
        screened({**request(), "on": on})


def test_conditional_questions_apply_when_their_condition_holds():
    attack = V1.question("asthma_last_attack_on")

    assert not applies(attack, request(), rule_set=V1)
    assert applies(attack, request(answers={"asthma": "yes"}), rule_set=V1)
    assert "antibiotic_for_infection" in applying_codes(
        with_medicines("amoksisilin klavulanat", "Augmentin"), rule_set=V1
    )


def test_intake_and_session_ask_what_is_due():
    intake = {question.code for question in questions_due(request(), "intake", rule_set=V1)}
    session = {question.code for question in questions_due(request(), "session", rule_set=V1)}

    assert "keloid" in intake - session
    assert "consent_signed" in session - intake
    assert "herpes_active" in intake & session
    man = {q.code for q in questions_due(request(sex="M"), "intake", rule_set=V1)}
    assert "pregnant" in intake - man
