"""Booking ahead (ruling 3) and signing (ruling 2)."""

from dataclasses import replace
from datetime import date

import pytest

from patients.screening.gates import Open, booking_view, may_sign
from patients.screening.rules import held_by_fault, screen
from patients.screening.tests.cases import V1, request, with_medicines
from patients.screening.tests.firing import said, taking

REASON = "Talked with the cardiologist; compression 5 min."
OF_THE_DAY = ("consent_signed", "capacity_doubtful", "alcohol_24h", "sun_trip_7d",
              "acute_clot_signs")  # fmt: skip


def booking(changed, **options):
    return booking_view(screen(changed, rule_set=V1), rule_set=V1, **options)


def still_open(changed, overrides=None, ticks=()):
    response = screen(changed, rule_set=V1)
    return may_sign(response, rule_set=V1, overrides=overrides or {}, ticks=frozenset(ticks))


def test_what_is_asked_on_the_day_does_not_hold_a_booking():
    view = booking(request(left_out=OF_THE_DAY))

    assert not view.blocks_booking
    assert set(view.asked_on_the_day) == set(OF_THE_DAY)
    assert view.may_book_on(date(2026, 11, 23))


def test_a_plan_that_is_not_chosen_yet_does_not_hold_a_booking():
    view = booking(request(cocktail=None, steps=None, area=None))

    assert not view.blocks_booking
    assert set(view.asked_on_the_day) == {
        "cocktail",
        "steps.antiseptic",
        "steps.anaesthetic_cream",
        "area",
    }


def test_a_product_that_is_not_chosen_yet_does_not_hold_a_booking():
    answers = {"asthma": "yes", "asthma_last_attack_on": "no"}
    view = booking(request(answers=answers, cocktail=[{"ingredient": "ascorbic_acid"}]))

    assert view.asked_on_the_day == ("cocktail.0.product_excipients",)
    assert not view.blocks_booking


def test_an_answer_of_the_intake_that_is_missing_holds_a_booking():
    view = booking(request(left_out=("keloid", "alcohol_24h")))

    assert view.blocks_booking
    assert [(item.why, item.code) for item in view.reasons] == [(Open.UNANSWERED, "keloid")]
    assert view.asked_on_the_day == ("alcohol_24h",)


def test_a_text_that_nobody_recognised_holds_a_booking():
    view = booking(with_medicines("Zorbexin"))

    assert view.blocks_booking
    assert view.reasons[0].text == "Zorbexin"


def test_a_wait_with_a_date_is_bookable_from_that_date():
    view = booking(said(aspirin_last_on="2026-11-22", sun_last_on="2026-11-22"))

    assert not view.blocks_booking
    assert view.earliest_on == date(2026, 12, 6)
    assert not view.may_book_on(date(2026, 12, 5))
    assert view.may_book_on(date(2026, 12, 6))


def test_a_wait_without_a_date_holds_a_booking():
    assert booking(said(period_late="yes")).blocks_booking


@pytest.mark.parametrize("answers", [{"pregnant": "yes"}, {"keloid": "yes"},
                                     {"spot_changed": ["cheek_left"]},
                                     {"clot_history": "yes"}])  # fmt: skip
def test_every_other_hold_and_refuse_blocks_a_booking(answers):
    assert booking(said(**answers)).blocks_booking


def test_a_caution_does_not_hold_a_booking():
    assert not booking(taking("Lustral", status="current")).blocks_booking


def test_a_decision_of_the_physician_opens_the_booking_where_one_is_allowed():
    keloid = {("R-KELOID", None)}
    assert not booking(said(keloid="yes"), overridden=keloid).blocks_booking
    pregnant = {("R-PREG", None)}
    assert booking(said(pregnant="yes"), overridden=pregnant).blocks_booking
    aspirin = {("R-ASPIRIN-RECENT", None)}
    view = booking(said(aspirin_last_on="2026-11-22"), overridden=aspirin)
    assert view.earliest_on is None


def test_a_fault_of_the_engine_holds_booking_and_signature():
    fault = held_by_fault({"id": 1}, "1")

    assert booking_view(fault, rule_set=V1).blocks_booking
    assert [i.why for i in may_sign(fault, rule_set=V1, overrides={}, ticks=frozenset())] == [
        Open.FAULT
    ]


# -- signing ----------------------------------------------------------------------------------


def test_a_clear_session_may_be_signed():
    assert still_open(request()) == ()


def test_a_caution_must_be_ticked():
    sertraline = taking("Lustral", status="current")

    assert [item.why for item in still_open(sertraline)] == [Open.TICK, Open.TICK]
    ticks = {("R-BLEED-MINOR", None), ("R-PHOTOSENS-DRUG", None)}
    assert still_open(sertraline, ticks=ticks) == ()


def test_a_relative_finding_needs_a_reason_of_some_length():
    keloid = said(keloid="yes")
    key = ("R-KELOID", None)

    assert [item.why for item in still_open(keloid)] == [Open.REASON]
    assert still_open(keloid, {key: "ok"}) != ()
    assert still_open(keloid, {key: " " * 30 + "nineteen characters"[:19]}) != ()
    assert still_open(keloid, {key: REASON}) == ()


def test_a_reason_for_one_region_is_no_reason_for_the_other():
    regions = said(diagnosis_unsettled=["cheek_left", "cheek_right"])

    left = still_open(regions, {("R-DX-UNCERTAIN", "cheek_left"): REASON})

    assert [item.finding.target for item in left] == ["cheek_right"]


def test_a_wait_is_overridden_only_where_its_rule_says_so():
    aspirin = said(aspirin_last_on="2026-11-22")
    assert still_open(aspirin, {("R-ASPIRIN-RECENT", None): REASON}) == ()
    fever = said(fever_last_on="2026-11-22")
    overrides = {("R-SYSTEMIC-INFECT", None): REASON}
    assert [item.why for item in still_open(fever, overrides)] == [Open.WAIT]


@pytest.mark.parametrize("rule", [rule.id for rule in V1.rules])
def test_nobody_overrides_what_is_absolute(rule):
    from patients.screening.tests.firing import FIRING

    for fired, severity, target, changed in FIRING:
        if fired == rule and severity == "absolute":
            overrides, ticks = {(rule, target): REASON}, {(rule, target)}
            assert Open.ABSOLUTE in {i.why for i in still_open(changed, overrides, ticks)}


def test_what_is_unanswered_or_unrecognised_cannot_be_signed_away():
    changed = replace_answer(with_medicines("Zorbexin"))
    everything = {(rule.id, None): REASON for rule in V1.rules}

    assert {item.why for item in still_open(changed, everything, set(everything))} == {
        Open.UNANSWERED,
        Open.UNRECOGNISED,
    }


def replace_answer(changed):
    del changed["answers"]["keloid"]
    return changed


def test_signing_never_changes_the_verdict():
    response = screen(said(keloid="yes"), rule_set=V1)
    before = replace(response)

    may_sign(response, rule_set=V1, overrides={("R-KELOID", None): REASON}, ticks=frozenset())

    assert response == before
