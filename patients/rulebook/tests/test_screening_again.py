"""Open courses under new rules: out of date at once, screened again in batches, held where refused."""

from datetime import timedelta

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from clinic.tests.builders import NOW, physician
from patients.intake import actions as intake
from patients.intake.terms import MedicationStatus, Occasion
from patients.rulebook import actions, hooks, queries
from patients.rulebook.differences import accepted
from patients.rulebook.models import RulesEdition
from patients.rulebook.tasks import screen_those_behind
from patients.rulebook.terms import Part
from patients.rulebook.tests.builders import REASON, a_clinic_on, a_decision, with_severity
from patients.rulebook.trying import try_out
from patients.screening.actions import screen_patient
from patients.screening.models import Purpose, Screening
from patients.screening.queries import latest_screening
from patients.screening.terms import Verdict
from patients.screening.verdict_changes import changed_by_rules, emergency_notice
from patients.tests.builders import BY, a_healthy_patient
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import booking_limit
from treatments.plans.terms import SCREENED_BY_OTHER_RULES, PlanState
from treatments.tests.builders import a_set_plan

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


def a_course(now=NOW, **answers):
    return a_set_plan(patient=a_healthy_patient(now=now, answers=answers), now=now)


def newest(plan):
    return latest_screening(plan.patient, Purpose.BOOKING)


def catch_up(now=LATER, most=100):
    return actions.screen_those_behind(by=BY, now=now, most=most)


def accept_version_2():
    return a_decision(accepted(queries.own_rules(), "2", keep_own=set()), part=Part.SHIPPED)


def test_every_stored_verdict_is_out_of_date_in_the_transaction_of_the_change():
    plan = a_course()
    assert not actions.behind(queries.version_in_force(), 10, [])

    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))

    assert actions.behind(queries.version_in_force(), 10, []) == [plan.patient_id]
    assert booking_limit(plan).refusal == str(SCREENED_BY_OTHER_RULES)


def test_a_course_that_the_new_rules_refuse_is_held():
    held, going_on = a_course(keloid="yes"), a_course()
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))

    caught = catch_up()

    assert (caught.screened, caught.stuck, caught.left) == (2, 0, False)
    held.refresh_from_db()
    going_on.refresh_from_db()
    assert held.state == PlanState.ON_HOLD
    assert going_on.state == PlanState.PROPOSED
    assert newest(held).rule_set_version == queries.version_in_force()
    assert newest(going_on).rule_set_version == queries.version_in_force()
    assert booking_limit(going_on).refusal != str(SCREENED_BY_OTHER_RULES)


def test_screening_again_goes_on_where_it_stopped_and_twice_is_once():
    for _ in range(3):
        a_course()
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))

    first = catch_up(most=2)
    assert (first.screened, first.left) == (2, True)
    second = catch_up(most=2)
    assert (second.screened, second.left) == (1, False)
    stored = Screening.objects.count()
    assert catch_up().screened == 0
    assert Screening.objects.count() == stored


def test_a_fault_with_one_patient_stops_nobody_else(monkeypatch):
    first, second = a_course(), a_course()
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))
    screen_again = hooks.screen_again._listeners[0]

    def failing(patient_id, by, now):
        if patient_id == first.patient_id:
            raise RuntimeError("a fault")
        screen_again(patient_id, by, now)

    monkeypatch.setattr(hooks.screen_again, "_listeners", [failing])
    caught = catch_up()

    assert (caught.screened, caught.stuck) == (1, 1)
    assert newest(second).rule_set_version == queries.version_in_force()
    assert actions.behind(queries.version_in_force(), 10, []) == [first.patient_id]


def test_a_patient_who_stays_behind_has_one_turn_in_a_run(monkeypatch):
    """A fault that stores nothing must not keep the command going for ever."""
    plan = a_course()
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))
    turns = []
    monkeypatch.setattr(
        hooks.screen_again, "_listeners", [lambda patient_id, by, now: turns.append(patient_id)]
    )

    with pytest.raises(CommandError, match="1 patients could not be screened"):
        call_command("screen_again")

    assert turns == [plan.patient_id]


def test_the_command_catches_everyone_up(capsys):
    for _ in range(3):
        a_course(now=timezone.now() - timedelta(minutes=5))
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))

    call_command("screen_again", "--most", "2")
    assert capsys.readouterr().out.startswith("2 patients")
    call_command("screen_again")
    assert capsys.readouterr().out.startswith("1 patients")
    call_command("screen_again")
    assert capsys.readouterr().out.startswith("0 patients")


def test_courses_that_are_over_are_left_alone():
    plan = a_course()
    TreatmentPlan.objects.filter(pk=plan.pk).update(state=PlanState.STOPPED)
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))

    assert catch_up().screened == 0


def test_an_existing_clinic_without_a_decision_gets_the_newest_version_and_everyone_is_screened():
    """Ruling 7: version 2 is what the clinic gets, also where courses run under version 1."""
    began = a_clinic_on("1")
    plan = a_course()
    assert newest(plan).rule_set_version == "1"
    with pgtrigger.ignore("patients.RulesEdition:append_only"):
        began.delete()

    actions.begin_with_shipped(by=BY, now=LATER)
    catch_up()

    assert RulesEdition.objects.get().version == queries.version_in_force() == "2"
    assert newest(plan).rule_set_version == "2"
    stored = Screening.objects.count()
    screen_those_behind()
    assert Screening.objects.count() == stored


def test_a_clinic_with_a_decision_of_its_own_stays_on_its_version():
    a_clinic_on("1")
    plan = a_course()

    screen_those_behind()

    assert newest(plan).rule_set_version == "1"
    assert queries.update_offered() == "2"


# -- trying on open courses -----------------------------------------------------------------------


def test_open_courses_that_would_change_are_listed_before_the_change():
    changing = a_course(keloid="yes")
    a_course()

    trial = try_out(with_severity(queries.own_rules(), "R-KELOID", "absolute"))

    assert (trial.courses_tried, trial.course_count) == (2, 2)
    assert [each.link_to for each in trial.courses] == [changing.patient_id]
    assert trial.courses[0].after == "refuse"
    assert not trial.is_milder


# -- what the verdict says of it ------------------------------------------------------------------


def test_the_verdict_page_says_what_version_2_changed_and_why(client):
    # The page is opened by the clock on the wall.
    began = timezone.now() - timedelta(minutes=20)
    a_clinic_on("1")
    plan = a_course(now=began, thrombophilia="yes")
    patient = plan.patient
    intake.list_medication(
        patient=patient,
        text="Plavix 75",
        status=MedicationStatus.STOPPED,
        last_taken=timezone.localdate(began) - timedelta(days=1),
        since=None,
        by=BY,
        now=began + timedelta(minutes=5),
    )
    accept_version_2()
    catch_up(now=began + timedelta(minutes=10))

    changed = changed_by_rules(newest(plan))
    said = {shift.words: [reason.text for reason in shift.reasons] for shift in changed.shifts}
    assert any("lood" in words and "Temporary" in words for words in said)
    clot = next(words for words in said if "(Absolute)" in words)
    assert said[clot]
    assert not changed.said_something_new
    plan.refresh_from_db()
    assert plan.state == PlanState.ON_HOLD

    client.force_login(physician())
    body = client.get(reverse("patients:verdict", args=[patient.pk])).content.decode()
    assert "Screened again under version 2.1" in body
    assert said[clot][0] in body


def test_the_physicians_reason_stands_beside_what_a_clinics_rule_changed():
    plan = a_course(keloid="yes")
    a_decision(
        with_severity(queries.own_rules(), "R-KELOID", "absolute"),
        by=physician(full_name="Elif Yılmaz", title="Dr."),
    )
    catch_up()

    changed = changed_by_rules(newest(plan))

    assert [(r.text, r.by) for r in changed.shifts[0].reasons] == [(REASON, "Dr. Elif Yılmaz")]
    assert "Relative becomes Absolute" in changed.shifts[0].words


def test_a_patient_whom_new_rules_leave_as_she_was_is_told_as_such():
    plan = a_course()
    assert changed_by_rules(newest(plan)) is None
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))
    catch_up()

    assert changed_by_rules(newest(plan)).shifts == []


def test_a_new_answer_between_the_verdicts_is_not_put_down_to_the_rules():
    plan = a_course()
    a_decision(with_severity(queries.own_rules(), "R-KELOID", "absolute"))
    intake.record_answers(
        patient=plan.patient,
        answers={"smoker": "yes"},
        occasion=Occasion.INTAKE,
        on=NOW.date(),
        by=BY,
        now=LATER,
    )
    catch_up(now=LATER + timedelta(minutes=1))

    assert changed_by_rules(newest(plan)).said_something_new


# -- the emergency notice -------------------------------------------------------------------------


def test_signs_of_an_acute_clot_show_the_clinics_notice(client):
    own = queries.own_rules().with_notice({"en": "Call 112. Stay with her.", "tr": "112!"})
    a_decision(own, part=Part.NOTICE)
    patient = a_healthy_patient(answers={"acute_clot_signs": "yes"}, now=NOW)
    client.force_login(physician())
    # The question is asked on the day: a session's verdict has it.
    screening = screen_patient(
        patient=patient,
        planned=None,
        purpose=Purpose.SESSION,
        on=NOW.date(),
        by=BY,
        now=NOW,
        day_answers={"acute_clot_signs": "yes"},
    )

    assert screening.verdict == Verdict.REFUSE
    assert emergency_notice(screening) == "Call 112. Stay with her."
    other = a_healthy_patient(now=NOW)
    calm = screen_patient(
        patient=other, planned=None, purpose=Purpose.SESSION, on=NOW.date(), by=BY, now=NOW,
    )  # fmt: skip
    assert emergency_notice(calm) == ""
