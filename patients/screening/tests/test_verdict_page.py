"""The page on which the physician reads a verdict and decides about its findings."""

from datetime import timedelta

import pgtrigger
import pytest
from django.db import IntegrityError, transaction
from django.db.utils import InternalError
from django.urls import reverse
from django.utils import timezone

from clinic.audit.models import AuditEntry
from clinic.tests.builders import manager, nurse, physician, receptionist
from patients.intake import actions as intake
from patients.intake.terms import AllergySeverity, Listed, MedicationStatus, Occasion
from patients.lesions.terms import CLEARED_CODE
from patients.screening import actions, queries
from patients.screening.explained import explained
from patients.screening.hooks import planned_treatment_of
from patients.screening.models import FindingDecision, Purpose, Screening
from patients.screening.plan import PlannedIngredient, PlannedTreatment
from patients.screening.rescreen import codes_of_the_day
from patients.screening.rule_files import load_rule_set
from patients.screening.rules import held_by_fault
from patients.screening.terms import Severity, Verdict
from patients.tests.builders import BY, a_healthy_patient, a_patient

pytestmark = pytest.mark.django_db
REASON = "Stent years ago, cardiologist agrees, fewer points and longer pressure."
PLAN = PlannedTreatment(
    area=("cheek_left", "cheek_right"),
    antiseptic="povidone_iodine",
    anaesthetic_cream="none",
    phototype="III",
    cocktail=(PlannedIngredient(ingredient="tranexamic_acid", mg=None, product_excipients=()),),
)


@pytest.fixture(autouse=True)
def _in_english(settings):
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def planned(monkeypatch):
    monkeypatch.setattr(planned_treatment_of, "_listeners", [lambda _patient: PLAN])


def page_of(patient):
    return reverse("patients:verdict", args=[patient.pk])


def decide(client, patient, *findings, reason=""):
    return client.post(
        reverse("patients:decide", args=[patient.pk]),
        {"finding": list(findings), "reason": reason, "purpose": Purpose.BOOKING},
    )


def take(patient, text, now):
    return intake.list_medication(
        patient=patient,
        text=text,
        status=MedicationStatus.CURRENT,
        last_taken=None,
        since=None,
        by=BY,
        now=now,
    )


def say(patient, now, **answers):
    intake.record_answers(
        patient=patient,
        answers=answers,
        occasion=Occasion.INTAKE,
        on=timezone.localdate(now),
        by=BY,
        now=now,
    )


def screened(patient, now, purpose=Purpose.BOOKING, planned=PLAN, **kwargs):
    return actions.screen_patient(
        patient=patient,
        planned=planned,
        purpose=purpose,
        on=timezone.localdate(now),
        by=BY,
        now=now,
        **kwargs,
    )


# -- reading ----------------------------------------------------------------------------------


def test_a_pregnant_patient_is_refused_with_answer_rule_and_source(client, now):
    patient = a_healthy_patient(now=now, answers={"pregnant": "yes"})
    client.force_login(physician())

    answer = client.get(page_of(patient))
    body = answer.content.decode()

    rule = load_rule_set().rule("R-PREG")
    assert answer.status_code == 200
    assert answer.context["told"].verdict is Verdict.REFUSE
    assert 'data-verdict="refuse"' in body
    assert "Are you pregnant?" in body
    assert rule.note.en in body
    assert "Founding document" in body
    assert "certainty: high" in body
    assert rule.clears.en in body
    assert "Nobody may override it" in body


def test_what_nobody_chose_yet_is_no_contraindication(client, now):
    patient = a_healthy_patient(now=now)
    client.force_login(physician())

    told = client.get(page_of(patient)).context["told"]

    later = {point.code for point in told.chosen_later}
    assert {"area", "cocktail", "steps.antiseptic", "steps.anaesthetic_cream"} <= later
    # Only the phototype is open: the skin was not examined.
    assert [point.code for group in told.unanswered for point in group.points] == ["phototype"]
    assert told.findings == []


@pytest.mark.usefixtures("planned")
def test_a_healthy_patient_with_a_plan_is_clear_although_the_day_will_ask_again(client, now):
    patient = a_healthy_patient(now=now)
    client.force_login(physician())

    told = client.get(page_of(patient)).context["told"]

    assert told.verdict is Verdict.CLEAR
    assert told.rules_verdict is Verdict.HOLD  # stored as it is: the day was not asked yet
    assert "alcohol_24h" in {point.code for point in told.chosen_later}
    assert not queries.booking_block(Screening.objects.get()).blocks


def test_a_patient_who_was_asked_nothing_is_held(client, now):
    patient = a_patient(now=now)
    client.force_login(physician())
    answer = client.get(page_of(patient))
    told = answer.context["told"]
    assert told.verdict is Verdict.HOLD
    assert sum(len(group.points) for group in told.unanswered) > 60
    skin = reverse("patients:intake-section", args=[patient.pk, "skin"])
    assert skin in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda p, now: take(p, "Zorbexin 40 mg", now), "Zorbexin 40 mg"),
        (lambda p, now: say(p, now, clot_history="unknown"), "Have you ever had a blood clot"),
        (
            lambda p, now: say(p, now, aspirin_last_on=timezone.localdate(now).isoformat()),
            "Not before",
        ),
    ],
)
@pytest.mark.usefixtures("planned")
def test_unrecognised_unknown_and_temporary_hold_and_say_why(client, now, change, words):
    patient = a_healthy_patient(now=now)
    change(patient, now + timedelta(seconds=1))
    client.force_login(physician())
    answer = client.get(page_of(patient))
    assert answer.context["told"].verdict is Verdict.HOLD
    assert words in answer.content.decode()


@pytest.mark.usefixtures("planned")
def test_an_allergy_stands_in_the_header_of_every_page(client, now):
    patient = a_healthy_patient(now=now)
    intake.list_allergy(
        patient=patient,
        text="SOMON",
        reaction="",
        severity=AllergySeverity.MILD,
        by=BY,
        now=now,
    )
    client.force_login(nurse())
    assert "Allergy: SOMON" in client.get(page_of(patient)).content.decode()
    client.force_login(receptionist())
    body = client.get(reverse("patients:edit", args=[patient.pk])).content.decode()
    assert "SOMON" not in body


def test_the_same_inputs_are_stored_once_and_a_new_answer_anew(client, now):
    patient = a_healthy_patient(now=now)
    client.force_login(physician())
    for _ in range(3):
        client.get(page_of(patient))
    assert Screening.objects.count() == 1

    say(patient, now + timedelta(seconds=1), pregnant="yes")
    told = client.get(page_of(patient)).context["told"]

    assert told.verdict is Verdict.REFUSE
    assert list(Screening.objects.order_by("screened_at").values_list("verdict", flat=True)) == [
        "hold",
        "refuse",
    ]


def test_a_fault_of_the_engine_holds_and_says_so(client, now, monkeypatch):
    patient = a_healthy_patient(now=now)
    monkeypatch.setattr("patients.screening.rules.read_request", lambda *_: 1 / 0)
    client.force_login(physician())

    answer = client.get(page_of(patient))

    assert answer.status_code == 200
    assert answer.context["told"].verdict is Verdict.HOLD
    assert "Screening could not be computed" in answer.content.decode()
    screening = Screening.objects.get()
    assert queries.booking_block(screening).blocks
    assert queries.what_blocks_signing(screening)


def test_reading_and_deciding_require_their_roles(client, now):
    patient = a_healthy_patient(now=now, answers={"easy_bruising": "yes"})
    for member in (receptionist(), manager()):
        client.force_login(member)
        assert client.get(page_of(patient)).status_code == 403
        assert decide(client, patient, "R-BLEED-QUERY|").status_code == 403
    client.force_login(nurse())
    answer = client.get(page_of(patient))
    assert answer.status_code == 200
    assert reverse("patients:decide", args=[patient.pk]) not in answer.content.decode()
    assert decide(client, patient, "R-BLEED-QUERY|").status_code == 403
    assert not FindingDecision.objects.exists()


# -- deciding ---------------------------------------------------------------------------------


@pytest.fixture
def on_clopidogrel(now):
    patient = a_healthy_patient(now=now)
    take(patient, "Plavix 75", now)
    return patient


@pytest.mark.usefixtures("planned")
def test_a_relative_finding_is_overridden_with_a_reason_and_both_are_kept(
    client, on_clopidogrel, now
):
    doctor = physician()
    client.force_login(doctor)
    assert client.get(page_of(on_clopidogrel)).context["told"].verdict is Verdict.HOLD

    answer = decide(client, on_clopidogrel, "R-ANTIPLATELET|", reason=REASON)
    page = client.get(answer.url)

    decision = FindingDecision.objects.get()
    assert answer.status_code == 302
    assert (decision.severity, decision.decided_by) == (Severity.RELATIVE, doctor)
    assert page.context["told"].verdict is Verdict.CAUTION
    assert page.context["told"].rules_verdict is Verdict.HOLD
    assert REASON in page.content.decode()
    assert not queries.booking_block(Screening.objects.get()).blocks
    assert REASON not in str(AuditEntry.objects.get(verb="finding.decided").detail)


@pytest.mark.parametrize("reason", ["", "too short", " " * 30, "short" + " " * 30])
def test_a_reason_of_less_than_twenty_characters_is_refused_and_kept_on_the_page(
    client, on_clopidogrel, reason
):
    client.force_login(physician())
    answer = decide(client, on_clopidogrel, "R-ANTIPLATELET|", reason=reason)
    assert answer.status_code == 422
    assert "at least 20 characters" in answer.content.decode()
    assert reason.strip() in answer.content.decode()
    assert not FindingDecision.objects.exists()


def test_an_absolute_finding_is_never_overridden(client, now):
    patient = a_healthy_patient(now=now, answers={"pregnant": "yes"})
    client.force_login(physician())
    answer = decide(client, patient, "R-PREG|", reason=REASON)
    assert answer.status_code == 409
    assert "No reason overrides this finding" in answer.content.decode()
    assert not FindingDecision.objects.exists()


def test_all_cautions_are_ticked_at_once(client, now):
    patient = a_healthy_patient(now=now)
    take(patient, "Lustral 50 mg", now)
    client.force_login(physician())
    unticked = client.get(page_of(patient)).context["told"].unticked
    assert len(unticked) > 1

    decide(client, patient, *(finding.key for finding in unticked))

    assert client.get(page_of(patient)).context["told"].unticked == []


def test_of_several_decisions_all_are_written_or_none(client, on_clopidogrel, now):
    take(on_clopidogrel, "Lustral 50 mg", now)
    client.force_login(physician())
    answer = decide(client, on_clopidogrel, "R-BLEED-MINOR|", "R-NO-SUCH-RULE|")
    assert answer.status_code == 409
    assert not FindingDecision.objects.exists()


def test_a_finding_that_is_gone_cannot_be_decided(client, on_clopidogrel, now):
    client.force_login(physician())
    entry = on_clopidogrel.medications.get()
    intake.remove_medication(medication=entry, by=BY, now=now)
    answer = decide(client, on_clopidogrel, "R-ANTIPLATELET|", reason=REASON)
    assert answer.status_code == 409
    assert "has changed" in answer.content.decode()


def test_deciding_twice_on_a_day_is_refused(client, on_clopidogrel):
    client.force_login(physician())
    decide(client, on_clopidogrel, "R-ANTIPLATELET|", reason=REASON)
    assert decide(client, on_clopidogrel, "R-ANTIPLATELET|", reason=REASON).status_code == 409
    assert FindingDecision.objects.count() == 1


def test_a_nurse_cannot_decide_by_the_action_either(on_clopidogrel, now):
    with pytest.raises(actions.NotForYou):
        actions.decide_finding(
            patient=on_clopidogrel,
            screening=screened(on_clopidogrel, now),
            rule="R-ANTIPLATELET",
            target="",
            reason=REASON,
            by=nurse(),
            now=now,
        )


def decided(patient, now):
    return actions.decide_finding(
        patient=patient,
        screening=screened(patient, now),
        rule="R-ANTIPLATELET",
        target="",
        reason=REASON,
        by=physician(),
        now=now,
    )


def test_a_decision_lets_the_desk_book_on_later_days_until_something_new_is_said(
    on_clopidogrel, now
):
    decided(on_clopidogrel, now + timedelta(minutes=1))
    tomorrow = now + timedelta(days=1)
    assert not queries.booking_block(screened(on_clopidogrel, tomorrow)).blocks

    say(on_clopidogrel, tomorrow, asthma="no")

    assert queries.booking_block(screened(on_clopidogrel, tomorrow + timedelta(days=1))).blocks


def test_the_signature_wants_a_decision_of_its_own_day(on_clopidogrel, now):
    decided(on_clopidogrel, now + timedelta(minutes=1))
    tomorrow = now + timedelta(days=1)
    words = queries.what_blocks_signing(screened(on_clopidogrel, tomorrow, Purpose.SESSION))
    title = load_rule_set().rule("R-ANTIPLATELET").title.en
    assert f"The physician's written reason is missing: {title}" in words


def test_a_decision_does_not_cover_what_the_same_rule_finds_afterwards(now):
    patient = a_healthy_patient(now=now)
    take(patient, "Lustral 50 mg", now)
    first = screened(patient, now, Purpose.SESSION)
    rule = next(each for each in queries.response_of(first).findings if "MINOR" in each.rule)
    tick(patient, first, rule, now)
    assert not still_open(first, rule.rule)

    take(patient, "Cipralex 10 mg", now + timedelta(minutes=1))
    second = screened(patient, now + timedelta(minutes=1), Purpose.SESSION)

    assert still_open(second, rule.rule)
    # And it can be decided, on the same day.
    tick(patient, second, rule, now + timedelta(minutes=2))
    assert not still_open(second, rule.rule)


def tick(patient, screening, finding, now):
    actions.decide_finding(
        patient=patient,
        screening=screening,
        rule=finding.rule,
        target=finding.target or "",
        reason=REASON,
        by=physician(),
        now=now,
    )


def still_open(screening, rule):
    return [
        item for item in queries.open_items(screening) if item.finding and item.finding.rule == rule
    ]


# -- what is stored ---------------------------------------------------------------------------


@pytest.mark.parametrize("table", [Screening, FindingDecision])
def test_the_database_refuses_to_change_a_verdict_or_a_decision(on_clopidogrel, now, table):
    decided(on_clopidogrel, now)
    rows = table.objects.all()
    fields = {"verdict": "clear"} if table is Screening else {"reason": "x" * 30}
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        rows.update(**fields)
    with pytest.raises(InternalError, match="Cannot update or delete"), transaction.atomic():
        table.objects.filter(pk=rows.get().pk).delete()
    # Negative control: without the trigger the row is changed.
    with pgtrigger.ignore():
        assert rows.update(**fields) == 1


def test_the_database_keeps_one_decision_per_finding_and_day(on_clopidogrel, now):
    first = decided(on_clopidogrel, now)
    with pytest.raises(IntegrityError), transaction.atomic():
        FindingDecision.objects.create(
            patient=on_clopidogrel,
            rule=first.rule,
            target=first.target,
            severity=first.severity,
            about=first.about,
            decided_on=first.decided_on,
            decided_at=now,
            decided_by=first.decided_by,
        )


def test_what_must_be_asked_on_the_day_is_not_taken_from_the_intake(now):
    """Neither a no of the intake nor one of this morning answers for the session."""
    patient = a_healthy_patient(now=now)
    codes = codes_of_the_day(load_rule_set())

    of_session = screened(patient, now, Purpose.SESSION)
    ahead = screened(patient, now)

    # What a result has cleared is read from the records; nobody is asked.
    assert codes.isdisjoint(set(of_session.request["answers"]) - {CLEARED_CODE})
    assert "herpes_active" in of_session.response["unanswered"]
    # Negative control: for booking ahead the same answers do count.
    assert "herpes_active" in ahead.request["answers"]
    given = screened(patient, now, Purpose.SESSION, day_answers={"herpes_active": "no"})
    assert "herpes_active" not in given.response["unanswered"]


def test_the_verdict_of_the_session_is_shown_once_there_is_one(client, now):
    patient = a_healthy_patient(now=now)
    stored = screened(patient, now, Purpose.SESSION)
    client.force_login(physician())
    page = client.get(page_of(patient))
    ahead = client.get(page_of(patient), {"ahead": "1"})
    assert page.context["screening"] == stored
    assert ahead.context["screening"].purpose == Purpose.BOOKING


def test_a_stored_verdict_can_be_read_back_and_explained(on_clopidogrel, now):
    told = explained(screened(on_clopidogrel, now))
    (finding,) = [one for one in told.findings if one.rule == "R-ANTIPLATELET"]
    assert ("Medicine", "Plavix 75") in [(str(label), text) for label, text in finding.because]
    assert finding.may_be_overridden


def test_the_list_of_medicines_has_to_be_asked_too(now):
    patient = a_patient(now=now)
    codes = {
        point.code
        for group in explained(screened(patient, now)).unanswered
        for point in group.points
    }
    assert {listed.value for listed in Listed} <= codes


def test_a_reason_that_no_database_can_hold_is_refused(client, on_clopidogrel):
    client.force_login(physician())
    answer = decide(client, on_clopidogrel, "R-ANTIPLATELET|", reason=f"{REASON}\x00")
    assert answer.status_code == 422
    assert not FindingDecision.objects.exists()


@pytest.mark.parametrize(
    ("answer", "places"),
    # Regions that run into the chin are blocked with it.
    [("yes", ""), (["nose"], "Nose"), (["chin", "nose"], "Nose, Around the mouth, Chin, Jawline")],
)
def test_a_yes_about_a_region_is_read_before_any_region_is_chosen(client, now, answer, places):
    client.force_login(physician())
    patient = a_healthy_patient(now=now, answers={"spot_changed": answer})

    page = client.get(page_of(patient))

    told = page.context["told"]
    held = [one for one in told.by_region if one.rule == "R-SUSPECT-LESION"]
    assert [one.where for one in held] == [places]
    assert told.verdict is Verdict.HOLD
    assert held[0].title in str(told.headline)
    assert "No contraindication in what" not in page.content.decode()
    assert "Holds as soon as a region is chosen" in page.content.decode()
    # What is stored stays what is planned.
    stored = Screening.objects.get(patient=patient).response["findings"]
    assert "R-SUSPECT-LESION" not in {each["rule"] for each in stored}


def test_with_a_plan_the_regions_are_its_own(client, now, planned):
    client.force_login(physician())
    patient = a_healthy_patient(now=now, answers={"spot_changed": "yes"})

    told = client.get(page_of(patient)).context["told"]

    assert told.by_region == []
    assert {one.rule for one in told.findings} >= {"R-SUSPECT-LESION"}


def test_without_a_yes_nothing_waits_for_a_region(client, now):
    client.force_login(physician())

    page = client.get(page_of(a_healthy_patient(now=now)))

    assert page.context["told"].by_region == []
    assert "Holds as soon as a region is chosen" not in page.content.decode()


def test_the_wait_of_a_region_is_told_before_any_is_chosen(client, now):
    client.force_login(physician())
    yesterday = timezone.localdate(now) - timedelta(days=1)
    answers = {"infection_healed_on": yesterday.isoformat()}

    told = client.get(page_of(a_healthy_patient(now=now, answers=answers))).context["told"]

    assert [one.rule for one in told.by_region] == ["R-INFECT-AREA"]
    assert str(told.headline).startswith("Not before")


def test_rules_that_fail_for_the_regions_hold(client, now, monkeypatch):
    client.force_login(physician())
    monkeypatch.setattr(
        "patients.screening.explained.screen_safely",
        lambda request, *, rule_set: held_by_fault(request, rule_set.version),
    )

    told = client.get(page_of(a_healthy_patient(now=now))).context["told"]

    assert (told.verdict, told.fault) == (Verdict.HOLD, True)
