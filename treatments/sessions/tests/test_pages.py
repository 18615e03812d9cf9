"""The treatment room through HTTP: works, refuses, requires the role; both versions on a conflict."""

import json
import re
from datetime import timedelta

import pytest
from django.urls import reverse

from clinic.tests import builders as clinic
from treatments.plans.actions import hold_plan
from treatments.sessions import queries
from treatments.sessions.actions import start_session
from treatments.sessions.models import SessionDraft, SignedSession
from treatments.sessions.rescreening import sheet_of_the_day
from treatments.sessions.tests.builders import (
    MEASURED,
    a_course,
    a_signed_session,
    first_session,
    ready_to_sign,
    recorded,
    rescreened,
    start_of,
)


@pytest.fixture
def session(db):
    return first_session(a_course())


@pytest.fixture(autouse=True)
def _now_is_the_day(request, monkeypatch):
    """The pages read the clock; here it stands half an hour after the session began."""
    if "session" in request.fixturenames:
        now = start_of(request.getfixturevalue("session")) + timedelta(minutes=30)
        monkeypatch.setattr("treatments.sessions.views.timezone.now", lambda: now)


def page(name, session):
    return reverse(f"sessions:{name}", args=[session.plan.patient_id, session.pk])


def in_english(client, member):
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def physician(client, session):
    return in_english(client, session.plan.physician)


def filled(draft, **changed):
    return {
        "version": draft.version,
        "antiseptic": "alcohol_70",
        "gloves": "nitrile",
        "anaesthetic_cream": "none",
        "technique": "papule",
        "device": "needle",
        "points_cheek_left": "20",
        "each_cheek_left": "0.05",
        "lot_1": "A-1",
        "strength_1": "on",
        "reactions": ["erythema"],
        "pain": "3",
        "started": "10:00",
        "ended": "10:25",
        "note": "",
    } | changed


def begun(physician, session):
    physician.post(page("record", session), {"go": "begin"})
    return SessionDraft.objects.get()


def test_looking_begins_nothing(physician, session):
    answer = physician.get(page("record", session))

    assert answer.status_code == 200
    assert not SessionDraft.objects.exists()


def test_an_opened_record_is_empty_and_says_what_is_missing(physician, session):
    answer = physician.post(page("record", session), {"go": "begin"}, follow=True)

    assert answer.status_code == 200
    draft = SessionDraft.objects.get()
    assert draft.antiseptic == session.plan.antiseptic
    assert draft.regions == []
    assert draft.pain is None
    assert "First the re-screen of the day." in answer.content.decode()
    assert "The technique is not recorded." in answer.content.decode()


def test_what_is_typed_is_saved_and_computed(physician, session):
    draft = begun(physician, session)

    answer = physician.post(page("record", session), filled(draft))

    assert answer.status_code == 302
    draft.refresh_from_db()
    assert draft.regions == [{"region": "cheek_left", "points": 20, "ml": "1"}]
    assert draft.lots == [{"portion": 1, "lot": "A-1", "strength": "20"}]
    assert draft.ended_at == start_of(session) + timedelta(minutes=25)
    assert draft.version == 2


def test_a_mistake_keeps_what_was_typed(physician, session):
    draft = begun(physician, session)

    answer = physician.post(
        page("record", session), filled(draft, points_cheek_left="9999", note="kept as typed")
    )

    assert answer.status_code == 422
    assert "kept as typed" in answer.content.decode()
    assert SessionDraft.objects.get().version == 1


def test_two_people_see_both_versions_before_one_is_saved(physician, session):
    draft = begun(physician, session)
    physician.post(page("record", session), filled(draft, pain="3"))

    answer = physician.post(page("record", session), filled(draft, pain="8"))

    text = answer.content.decode()
    assert answer.status_code == 409
    assert "Stored now" in text
    assert SessionDraft.objects.get().pain == 3
    assert 'name="version" value="2"' in text

    physician.post(page("record", session), filled(draft, pain="8", version=2))
    assert SessionDraft.objects.get().pain == 8


def test_autosave_answers_with_the_version_and_what_still_blocks(physician, session):
    draft = begun(physician, session)
    address = page("record", session)

    saved = physician.post(address, filled(draft), headers={"X-Autosave": "1"})
    assert saved.status_code == 200
    assert saved.json()["version"] == 2
    assert "re-screen" in saved.json()["blocks"]

    assert physician.post(address, filled(draft), headers={"X-Autosave": "1"}).status_code == 409


def lines(session, **ticks):
    sheet = sheet_of_the_day(session.plan.patient, start_of(session).date())
    return {f"line_{line.id}": "no" for line in sheet.lines} | {
        f"line_{key}": value for key, value in ticks.items()
    }


def test_nothing_is_ticked_before_it_was_asked(physician, session):
    text = physician.get(page("rescreen", session)).content.decode()

    form = text[text.index('id="lines"') : text.index("ms-actions")]
    assert "pregnant" in form
    assert " checked" not in form


def test_the_rescreen_is_stored_and_shown(physician, session):
    answer = physician.post(page("rescreen", session), lines(session) | MEASURED)

    assert answer.status_code == 302
    screening = queries.screening_of_the_day(session.plan.patient, start_of(session).date())
    assert screening is not None
    assert screening.verdict == "clear"
    assert SessionDraft.objects.exists()


def test_a_yes_opens_its_questions_before_anything_is_stored(physician, session):
    answers = lines(session, painkillers="yes") | MEASURED

    asked = physician.post(page("rescreen", session), answers)
    text = asked.content.decode()
    assert asked.status_code == 200
    assert 'name="shown" value="aspirin_last_on"' in text
    assert queries.screening_of_the_day(session.plan.patient, start_of(session).date()) is None

    told = physician.post(
        page("rescreen", session),
        answers
        | {
            "shown": ["aspirin_last_on", "nsaid_last_on"],
            "aspirin_last_on": "day",
            "aspirin_last_on__typed": (start_of(session) - timedelta(days=2)).date().isoformat(),
            "nsaid_last_on": "no",
        },
    )
    assert told.status_code == 302
    screening = queries.screening_of_the_day(session.plan.patient, start_of(session).date())
    assert screening is not None
    assert screening.verdict != "clear"


def test_a_line_left_open_is_listed_before_the_signature(physician, session):
    physician.post(page("rescreen", session), lines(session, skin="") | MEASURED)
    recorded(session, by=session.plan.physician)

    text = physician.get(page("sign", session)).content.decode()

    assert "disabled" in text
    assert "cold sore" in text.lower()


def test_a_refuse_says_that_the_course_is_on_hold(physician, session):
    answer = physician.post(
        page("rescreen", session),
        lines(session, pregnancy="yes")
        | MEASURED
        | {"shown": [
            "pregnant", "period_late", "pregnancy_unsure", "trying_to_conceive",
            "fertility_treatment", "breastfeeding", "delivered_on",
        ], "pregnant": "yes"},
        follow=True,
    )  # fmt: skip

    assert "put on hold" in answer.content.decode()


def test_two_presses_sign_and_the_page_is_read_only_after(physician, session):
    draft = ready_to_sign(session)

    look = physician.get(page("sign", session))
    assert "What was done" in look.content.decode()
    answer = physician.post(
        page("sign", session),
        {"patient": session.plan.patient_id, "version": draft.version},
        follow=True,
    )

    text = answer.content.decode()
    assert SignedSession.objects.count() == 1
    assert "It can no longer be changed." in text
    assert 'name="technique"' not in text
    physician.post(page("record", session), filled(draft, pain="9"))
    assert SessionDraft.objects.get().pain == 3


def test_the_patient_on_the_screen_is_checked(physician, session):
    draft = ready_to_sign(session)

    for sent in ("", "nonsense", str(session.pk)):
        answer = physician.post(page("sign", session), {"patient": sent, "version": draft.version})
        assert answer.status_code == 409
    assert not SignedSession.objects.exists()


def test_an_amendment_stands_above_the_struck_record(physician, session):
    a_signed_session(session.plan)

    refused = physician.post(page("amend", session), {"text": "5", "reason": ""})
    assert refused.status_code == 422
    answer = physician.post(
        page("amend", session),
        {"text": "The pain was 5, not 3.", "reason": "Misread at the bedside."},
        follow=True,
    )

    assert "session-struck" in answer.content.decode()
    assert "The pain was 5, not 3." in answer.content.decode()


def test_to_sign_lists_the_physicians_own_sessions(client, session):
    recorded(session, by=session.plan.physician)
    name = session.plan.patient.full_name

    mine = in_english(client, session.plan.physician).get(reverse("sessions:to-sign"))
    assert name in mine.content.decode()
    others = in_english(client, clinic.physician()).get(reverse("sessions:to-sign"))
    assert name not in others.content.decode()


@pytest.mark.parametrize(
    ("name", "who", "status"),
    [
        ("record", clinic.receptionist, 403),
        ("record", clinic.manager, 403),
        ("record", clinic.nurse, 200),
        ("rescreen", clinic.receptionist, 403),
        ("rescreen", clinic.nurse, 200),
        ("sign", clinic.nurse, 403),
        ("sign", clinic.receptionist, 403),
    ],
)
def test_each_page_requires_the_role(client, session, name, who, status):
    client.force_login(who())

    assert client.get(page(name, session)).status_code == status


def test_the_session_of_another_patient_is_not_found(client, session):
    client.force_login(session.plan.physician)
    address = reverse("sessions:record", args=[session.pk, session.pk])

    assert client.get(address).status_code == 404


def test_the_list_of_sessions_leads_to_record_and_sheet(client, db):
    signed = a_signed_session()
    client.force_login(clinic.nurse())

    text = client.get(reverse("sessions:list", args=[signed.patient_id])).content.decode()

    assert reverse("aftercare:print", args=[signed.patient_id, signed.planned_session_id]) in text


def test_the_map_of_an_analysis_outlines_what_the_record_says(client, db):
    signed = a_signed_session()
    in_english(client, signed.planned_session.plan.physician)
    address = reverse("analysis:new", args=[signed.patient_id])

    drawn = client.get(address).content.decode()

    treated = {entry["region"] for entry in json.loads(signed.record)["regions"]}
    assert treated
    assert set(re.findall(r'is-treated"[^>]* data-map-region="(\w+)"', drawn)) == treated


def chosen_regions(text):
    return set(re.findall(r'is-chosen[^"]*"[^>]* data-map-region="(\w+)"', text))


def test_the_map_of_an_open_record_shows_where_it_is_planned(client, session):
    in_english(client, session.plan.physician)
    rescreened(session, by=session.plan.physician)
    start_session(planned_session=session, by=session.plan.physician, now=start_of(session))

    text = client.get(page("record", session)).content.decode()

    assert chosen_regions(text) == set(session.plan.regions)
    for region in session.plan.regions:
        assert f'data-region="{region}"' in text


def test_the_map_of_a_signed_record_shows_where_it_was(client, db):
    signed = a_signed_session()
    in_english(client, signed.planned_session.plan.physician)
    text = client.get(page("record", signed.planned_session)).content.decode()
    treated = {entry["region"] for entry in json.loads(signed.record)["regions"]}
    assert treated
    assert chosen_regions(text) == treated


@pytest.mark.django_db
def test_an_amendment_that_no_database_can_hold_is_refused_in_words(client):
    signed = a_signed_session()
    in_english(client, signed.planned_session.plan.physician)
    address = page("amend", signed.planned_session)

    answer = client.post(address, {"text": "ten letters \x00", "reason": "and ten more letters"})
    too_long = client.post(address, {"text": "x" * 5000, "reason": "and ten more letters"})

    assert (answer.status_code, too_long.status_code) == (422, 422)
    assert "and ten more letters" in answer.content.decode()
    assert not signed.amendments.exists()


def test_a_session_that_was_held_meanwhile_is_not_signed_and_the_page_says_so(physician, session):
    draft = ready_to_sign(session)
    hold_plan(plan=session.plan, reason="Waits.", by=session.plan.physician, now=start_of(session))

    answers = [
        physician.get(page("sign", session)),
        physician.post(
            page("sign", session),
            {"patient": session.plan.patient_id, "version": draft.version},
        ),
    ]

    assert [each.status_code for each in answers] == [409, 409]
    assert "not booked" in answers[1].content.decode()
    assert not SignedSession.objects.exists()


@pytest.mark.parametrize(("member", "offered"), [(clinic.nurse, False), (clinic.physician, True)])
def test_the_way_to_the_signature_is_offered_to_whoever_may_sign(client, session, member, offered):
    client.force_login(member())
    client.post(page("record", session), {"go": "begin"})

    html = client.get(page("record", session)).content.decode()

    assert 'value="save"' in html
    assert ('value="sign"' in html) is offered
