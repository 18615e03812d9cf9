"""Recording a skin analysis: the action and its pages."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import InternalError, transaction
from django.db.models import F
from django.urls import reverse

from clinic.audit.models import AuditEntry
from clinic.staff.terms import Role
from clinic.tests.builders import NOW, nurse, physician, staff
from patients.tests.builders import a_patient
from treatments.analysis import actions, queries, rules
from treatments.analysis.models import AnalysedSpot, SkinAnalysis
from treatments.analysis.tests.builders import (
    BASELINE,
    FOLLOW_UP,
    LENTIGO,
    MELASMA,
    an_analysis,
    parts,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def doctor(client):
    member = physician(language="en")
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return member


def typed(*spots, score=None, phototype="III", note=""):
    entries = {
        "spots-TOTAL_FORMS": str(len(spots)),
        "spots-INITIAL_FORMS": "0",
        "phototype": phototype,
        "note": note,
    }
    for row, spot in enumerate(spots):
        for name in ("spot_type", "depth", "wood_finding", "causes", "regions"):
            value = getattr(spot, name)
            entries[f"spots-{row}-{name}"] = list(value) if isinstance(value, tuple) else value
    for region, entered in (score or {}).items():
        for part, value in entered.items():
            entries[f"score-{region}-{part}"] = str(value)
    return entries


def new(patient):
    return reverse("analysis:new", args=[patient.pk])


def words(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.content.decode()).split())


# --- the action -----------------------------------------------------------------------------


def test_the_score_that_is_kept_is_the_one_of_the_rules():
    analysis = an_analysis(a_patient())

    analysis.refresh_from_db()
    assert (analysis.mmasi, analysis.masi) == (Decimal("7.6"), Decimal("14.3"))
    assert analysis.score_parts == BASELINE
    assert analysis.mmasi == rules.mmasi(BASELINE)
    assert analysis.masi == rules.masi(BASELINE)
    assert AuditEntry.objects.get(verb="analysis.recorded").patient_id == analysis.patient_id


def test_several_spots_stay_in_their_order():
    analysis = an_analysis(a_patient(), spots=[LENTIGO, MELASMA])

    seen = queries.analysis(analysis.pk).spots.all()
    assert [each.spot_type for each in seen] == ["solar_lentigo", "melasma"]
    assert seen[1].causes == ["sun", "hormones"]


def test_melasma_of_the_face_is_never_kept_without_its_score():
    with pytest.raises(rules.ScoreRefused):
        an_analysis(a_patient(), score_parts=None)


@pytest.mark.parametrize("spot", [LENTIGO, replace(MELASMA, regions=("neck",))])
def test_other_spots_have_no_score(spot):
    patient = a_patient()
    with pytest.raises(rules.ScoreRefused):
        an_analysis(patient, spots=[spot])
    assert an_analysis(patient, spots=[spot], score_parts=None).mmasi is None


@pytest.mark.parametrize(
    "wrong",
    [
        {key: BASELINE[key] for key in ("forehead", "right_malar", "left_malar")},
        BASELINE | {"chin": {"area": 1, "darkness": 1, "homogeneity": None}},
        BASELINE | {"chin": {"area": 0, "darkness": 1, "homogeneity": 0}},
        BASELINE | {"chin": {"area": 1, "darkness": 0, "homogeneity": 0}},
        BASELINE | {"chin": {"area": 7, "darkness": 1, "homogeneity": 1}},
    ],
)
def test_a_score_with_a_gap_or_a_contradiction_is_refused(wrong):
    with pytest.raises(rules.ScoreRefused):
        an_analysis(a_patient(), score_parts=wrong)
    assert not SkinAnalysis.objects.exists()


@pytest.mark.parametrize(
    "fields",
    [
        {"phototype": ""},
        {"phototype": "VII"},
        {"spots": []},
        {"spots": [replace(MELASMA, causes=())]},
        {"spots": [replace(MELASMA, regions=())]},
        {"spots": [replace(MELASMA, depth="")]},
        {"spots": [replace(MELASMA, wood_finding="bright")]},
        {"analysed_on": NOW.date() + timedelta(days=1)},
    ],
)
def test_half_an_analysis_is_refused(fields):
    with pytest.raises(actions.AnalysisRefused):
        an_analysis(a_patient(), **fields)


def test_only_a_physician_records_an_analysis():
    with pytest.raises(actions.NotAllowed):
        an_analysis(a_patient(), by=nurse())


def test_every_analysis_is_compared_with_the_first_score():
    patient = a_patient()
    an_analysis(patient, spots=[LENTIGO], score_parts=None)
    for days, entered in ((1, BASELINE), (30, FOLLOW_UP), (60, parts(*[(4, 4, 4)] * 4))):
        an_analysis(patient, score_parts=entered, now=NOW + timedelta(days=days))

    worse, better, baseline, unscored = queries.course(patient)

    assert (baseline.is_baseline, baseline.change) == (True, None)
    assert unscored.change is None
    assert better.change is not None
    assert worse.change is not None
    assert better.change.arrow == "↓"
    assert better.change.change == rules.change(Decimal("7.6"), Decimal("3.3"))
    assert worse.change.arrow == "↑"
    assert worse.change.percent.count("+") == 1


@pytest.mark.parametrize(("model", "column"), [(SkinAnalysis, "mmasi"), (AnalysedSpot, "depth")])
def test_the_database_refuses_to_rewrite_an_analysis(model, column):
    an_analysis(a_patient())
    with pytest.raises(InternalError), transaction.atomic():
        model.objects.update(**{column: F(column)})
    with pytest.raises(InternalError), transaction.atomic():
        model.objects.all()._raw_delete("default")


# --- the pages ------------------------------------------------------------------------------


def test_nothing_is_chosen_beforehand_and_no_score_is_shown(client, doctor):
    patient = a_patient()
    an_analysis(patient)
    page = client.get(new(patient))

    assert page.status_code == 200
    assert not re.search(r'name="(spots|score|phototype)[^>]* checked', page.content.decode())
    assert "7.6" not in page.content.decode()
    assert "mMASI" not in page.content.decode()


def test_saving_leads_to_the_analysis_with_its_score(client, doctor):
    patient = a_patient()
    page = client.post(
        new(patient), typed(MELASMA, LENTIGO, score=BASELINE, note="malar"), follow=True
    )

    analysis = SkinAnalysis.objects.get()
    assert page.redirect_chain == [(reverse("analysis:show", args=[patient.pk, analysis.pk]), 302)]
    assert (analysis.mmasi, analysis.analysed_by, analysis.note) == (
        Decimal("7.6"), doctor, "malar",
    )  # fmt: skip
    for said in ("Melasma", "Left cheek, Right cheek", "7.6", "14.3", "Solar lentigo"):
        assert said in words(page)


def test_area_zero_needs_no_further_taps(client, doctor):
    entered = parts((2, 2, 2), (4, 3, 3), (3, 3, 2), (0, 0, 0))
    entered["chin"] = {"area": 0}

    client.post(new(a_patient()), typed(MELASMA, score=entered))

    kept = SkinAnalysis.objects.get().score_parts or {}
    assert kept["chin"] == {"area": 0, "darkness": 0, "homogeneity": 0}


def test_area_zero_with_darkness_is_refused(client, doctor):
    entered = BASELINE | {"chin": {"area": 0, "darkness": 2, "homogeneity": 0}}

    page = client.post(new(a_patient()), typed(MELASMA, score=entered))

    assert page.status_code == 422
    assert "darkness and homogeneity are 0" in words(page)
    assert not SkinAnalysis.objects.exists()


def test_an_unscored_region_is_an_error_and_not_clear_skin(client, doctor):
    entered = {region: BASELINE[region] for region in ("forehead", "right_malar", "left_malar")}

    page = client.post(new(a_patient()), typed(MELASMA, score=entered))

    assert page.status_code == 422
    assert "Chin: Area is not scored." in words(page)
    assert page.content.decode().count(" checked") > 9  # nothing chosen was lost
    assert not SkinAnalysis.objects.exists()


def test_a_score_for_another_spot_is_refused(client, doctor):
    page = client.post(new(a_patient()), typed(LENTIGO, score=BASELINE))

    assert page.status_code == 422
    assert "only for melasma of the face" in words(page)


@pytest.mark.parametrize(
    ("spot", "phototype", "said"),
    [
        (replace(LENTIGO, depth=""), "III", "Spot 1, Depth"),
        (replace(LENTIGO, causes=()), "III", "Spot 1, Causes"),
        (replace(LENTIGO, causes=("unknown", "sun")), "III", "unknown, or it is named"),
        (replace(LENTIGO, regions=("elbow",)), "III", "Spot 1, Regions"),
        (LENTIGO, "", "Phototype"),
    ],
)
def test_what_is_missing_is_said_and_led_to(client, doctor, spot, phototype, said):
    page = client.post(new(a_patient()), typed(spot, phototype=phototype))

    assert page.status_code == 422
    assert said in words(page)
    (target,) = re.findall(r'<li><a href="#([^"]+)">', page.content.decode())
    assert f'id="{target}"' in page.content.decode()
    assert not SkinAnalysis.objects.exists()


def test_a_removed_spot_does_not_count(client, doctor):
    entries = typed(LENTIGO, replace(MELASMA, depth="")) | {"spots-1-DELETE": "on"}

    assert client.post(new(a_patient()), entries).status_code == 302
    assert [each.spot_type for each in AnalysedSpot.objects.all()] == ["solar_lentigo"]


def test_a_follow_up_copies_the_spots_and_never_the_score(client, doctor):
    patient = a_patient()
    an_analysis(patient)

    text = client.get(new(patient) + "?from=last").content.decode()

    chosen = set(re.findall(r'name="([^"]+)" value="([^"]+)"[^>]* checked', text))
    assert ("spots-0-spot_type", "melasma") in chosen
    assert ("spots-0-regions", "cheek_left") in chosen
    assert ("phototype", "III") in chosen
    assert not [name for name, _value in chosen if name.startswith("score-")]


def test_the_list_shows_the_course_without_promising(client, doctor):
    patient = a_patient()
    an_analysis(patient)
    an_analysis(patient, score_parts=FOLLOW_UP, now=NOW + timedelta(days=30))

    listed = words(client.get(reverse("analysis:list", args=[patient.pk])))

    for said in ("First score", "↓ −56.6%", "Fell by 50% to 75%", "no promise", "3.3"):
        assert said in listed


def test_an_analysis_is_only_shown_under_its_own_patient(client, doctor):
    analysis = an_analysis(a_patient())

    page = client.get(reverse("analysis:show", args=[a_patient().pk, analysis.pk]))

    assert page.status_code == 404


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.NURSE, Role.MANAGER])
def test_only_a_physician_opens_the_form(client, role):
    client.force_login(staff(role))
    patient = a_patient()

    assert client.get(new(patient)).status_code == 403
    assert client.post(new(patient), {}).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.NURSE, 200), (Role.RECEPTIONIST, 403), (Role.MANAGER, 403)],
)
def test_analyses_are_read_by_those_who_treat(client, role, status):
    patient = a_patient()
    analysis = an_analysis(patient)
    client.force_login(staff(role))

    assert client.get(reverse("analysis:list", args=[patient.pk])).status_code == status
    shown = client.get(reverse("analysis:show", args=[patient.pk, analysis.pk]))
    assert shown.status_code == status
