"""What else an analysis holds: marks, sizes, named causes, readings, grades, and what changed."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from clinic.tests.builders import NOW, physician
from patients.lesions.queries import blocked_regions
from patients.tests.builders import a_patient
from treatments.analysis import actions, queries, rules
from treatments.analysis.actions import Judged, ReadingSeen, SpotSeen
from treatments.analysis.face_map import Mark
from treatments.analysis.hooks import Treated, last_treated
from treatments.analysis.models import InstrumentReading, SkinAnalysis
from treatments.analysis.tests.builders import BASELINE, LENTIGO, MELASMA, an_analysis, parts
from treatments.analysis.tests.test_analysing import typed, words

DULL = replace(LENTIGO, spot_type="dullness", regions=("cheek_left",))
CHEEK = Mark(view="frontal", region="cheek_left", x=0.66, y=0.57)


def lab(read_on, lightness, b, **fields):
    values: dict[str, Any] = {
        "kind": "colour", "region": "cheek_left", "device": "CR-400", "a": Decimal(10),
    }  # fmt: skip
    return ReadingSeen(
        read_on=read_on, lightness=Decimal(lightness), b=Decimal(b), **(values | fields)
    )


# --- the severity index -----------------------------------------------------------------------


def severity(left, right, nose):
    return {
        region: {"area": area, "pigmentation": pigmentation}
        for region, (area, pigmentation) in (("left", left), ("right", right), ("nose", nose))
    }


@pytest.mark.parametrize(
    ("entered", "index"),
    [
        (severity((3, 2), (2, 2), (1, 1)), "8.2"),
        (severity((4, 4), (4, 4), (4, 4)), "64.0"),
        (severity((0, 0), (0, 0), (0, 0)), "0.0"),
    ],
)
def test_the_severity_index_of_the_sources(entered, index):
    assert rules.msi(entered) == Decimal(index)


PAIR = st.tuples(st.integers(0, 4), st.integers(0, 4)).filter(lambda p: bool(p[0]) == bool(p[1]))


@given(left=PAIR, right=PAIR, nose=PAIR)
def test_the_severity_index_keeps_its_range_and_its_symmetry(left, right, nose):
    index = rules.msi(severity(left, right, nose))
    assert 0 <= index <= 64
    assert index == rules.msi(severity(right, left, nose))


@pytest.mark.parametrize(
    "wrong",
    [
        {"left": {"area": 1, "pigmentation": 1}},
        severity((1, 1), (1, 1), (5, 1)),
        severity((1, 0), (1, 1), (1, 1)),
        severity((0, 1), (1, 1), (1, 1)),
        severity((1, 1), (1, 1), (1, None)),
        severity((1, 1), (1, 1), (True, 1)),
        severity((1, 1), (1, 1), (1, 1)) | {"chin": {"area": 1, "pigmentation": 1}},
    ],
)
def test_an_index_with_a_gap_or_a_contradiction_is_refused(wrong):
    with pytest.raises(rules.ScoreRefused):
        rules.msi(wrong)


@pytest.mark.parametrize("since", ["", "2020", "2020-05", "1990-04", "2026"])
def test_a_beginning_is_a_year_or_a_month(since):
    rules.check_since(since, born_on=NOW.date().replace(1990, 4, 1), today=NOW.date())


@pytest.mark.parametrize(
    "since", ["last year", "2020-13", "20", "2099", "1989", "1990-03", "2020-5"]
)
def test_any_other_beginning_is_refused_in_words(since):
    with pytest.raises(rules.ScoreRefused):
        rules.check_since(since, born_on=NOW.date().replace(1990, 4, 1), today=NOW.date())


# --- the action -------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db


def test_everything_that_was_seen_is_kept():
    spot = SpotSeen(
        spot_type="pih",
        depth="epidermal",
        wood_finding="enhanced",
        causes=("acne", "medicine"),
        regions=("cheek_left",),
        inflammation="acne since school",
        medicines=("Minocycline 100 mg",),
        marks=(CHEEK, replace(CHEEK, x=0.7)),
        largest_mm=Decimal("4.5"),
        area_cm2=Decimal("2.5"),
        count=7,
        since="2024-03",
    )
    analysis = an_analysis(
        a_patient(),
        spots=[spot],
        score_parts=None,
        readings=[lab("normal", 65, 18), lab("lesion", 55, 18)],
        judged=Judged(glogau="II", physician_assessment=3, satisfaction=4),
    )

    analysis = queries.analysis(analysis.pk)
    kept = analysis.spots.get()
    assert [mark["x"] for mark in kept.marks] == [0.66, 0.7]
    assert (kept.largest_mm, kept.area_cm2, kept.count) == (Decimal("4.5"), Decimal("2.5"), 7)
    with translation.override("en"):
        assert kept.cause_words == ["Acne (acne since school)", "Medicine (Minocycline 100 mg)"]
    assert (analysis.glogau, analysis.physician_assessment, analysis.satisfaction) == ("II", 3, 4)
    assert analysis.patient_assessment is None
    # The worked example of the sources: 39.8 and 15.5 degrees.
    assert [each.degrees for each in queries.measured_contrasts(analysis)] == [Decimal("24.3")]


def test_readings_of_two_devices_or_of_one_side_give_no_contrast():
    readings = [lab("normal", 65, 18), lab("lesion", 55, 18, device="Another")]
    assert not queries.measured_contrasts(an_analysis(a_patient(), readings=readings))


def test_three_readings_are_averaged_before_the_angle():
    readings = [lab("lesion", 55, 18), *(lab("normal", each, 18) for each in (63, 65, 67))]
    found = queries.measured_contrasts(an_analysis(a_patient(), readings=readings))
    assert [each.degrees for each in found] == [Decimal("24.3")]


def test_without_homogeneity_there_is_an_mmasi_and_no_masi():
    entered = {
        region: {"area": each["area"], "darkness": each["darkness"]}
        for region, each in BASELINE.items()
    }
    analysis = an_analysis(a_patient(), score_parts=entered)
    assert (analysis.mmasi, analysis.masi) == (Decimal("7.6"), None)


@pytest.mark.parametrize(
    "fields",
    [
        {"spots": [replace(LENTIGO, marks=(CHEEK,))], "score_parts": None},
        {"spots": [replace(MELASMA, marks=(replace(CHEEK, x=1.2),))]},
        {"spots": [replace(MELASMA, marks=(replace(CHEEK, view="hands"),))]},
        {"spots": [replace(MELASMA, marks=(replace(CHEEK, view="nowhere"),))]},
        {"spots": [replace(MELASMA, inflammation="eczema")]},
        {"spots": [replace(MELASMA, medicines=("Minocycline",))]},
        {"spots": [replace(MELASMA, count=-1)]},
        {"spots": [DULL], "score_parts": None},
        {"spots": [DULL], "score_parts": None, "judged": Judged(radiance=2)},
        {"judged": Judged(radiance=2, texture=2)},
        {"judged": Judged(glogau="V")},
        {"readings": [replace(lab("lesion", 55, 18), b=None)]},
        {"readings": [replace(lab("lesion", 55, 18), melanin_index=Decimal(300))]},
        {"readings": [replace(lab("lesion", 55, 18), device=" ")]},
        {"readings": [replace(lab("lesion", 55, 18), region="ear")]},
    ],
)
def test_what_contradicts_itself_is_refused(fields):
    with pytest.raises(actions.AnalysisRefused):
        an_analysis(a_patient(), **fields)
    assert not SkinAnalysis.objects.exists()


def test_dullness_is_graded_and_the_grades_are_kept():
    judged = Judged(radiance=0, texture=3)
    analysis = an_analysis(a_patient(), spots=[DULL], score_parts=None, judged=judged)
    assert (analysis.radiance, analysis.texture, analysis.mmasi) == (0, 3, None)


def test_a_look_alike_goes_to_the_examination_first():
    spot = replace(LENTIGO, spot_type="look_alike")
    patient = a_patient()
    with pytest.raises(actions.AnalysisRefused):
        an_analysis(patient, spots=[spot], score_parts=None)
    with pytest.raises(actions.AnalysisRefused):
        an_analysis(
            patient,
            spots=[spot],
            score_parts=None,
            red_flags=["colour"],
            flagged_regions=["chin"],
        )
    an_analysis(
        patient, spots=[spot], score_parts=None, red_flags=["colour"], flagged_regions=["hands"]
    )
    assert "hands" in blocked_regions(patient, on=NOW.date())


def test_a_copy_is_of_the_same_patient():
    other = an_analysis(a_patient())
    with pytest.raises(actions.AnalysisRefused):
        an_analysis(a_patient(), copied_from=other)


@pytest.mark.parametrize(
    "fields", [{"melanin_index": Decimal(300)}, {"lightness": None}, {"kind": "melanin"}]
)
def test_the_database_holds_a_reading_to_its_kind(fields):
    analysis = an_analysis(a_patient())
    values = {
        "analysis": analysis, "kind": "colour", "region": "chin", "read_on": "lesion", "device": "x",
        "lightness": 50, "a": 10, "b": 15, "position": 1,
    }  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        InstrumentReading.objects.create(**(values | fields))
    InstrumentReading.objects.create(**values)


def test_what_changed_is_named_spot_by_spot():
    patient = a_patient()
    before = an_analysis(patient, spots=[MELASMA, LENTIGO])
    after = an_analysis(
        patient,
        spots=[replace(MELASMA, depth="epidermal"), DULL],
        judged=Judged(radiance=1, texture=1),
        copied_from=before,
        now=NOW + timedelta(days=30),
    )

    with translation.override("en"):
        found = queries.differences(before, after)
        assert {(each.spot, each.what, each.before, each.after) for each in found} == {
            ("Melasma", "Depth", "Mixed", "Epidermal"),
            ("Solar lentigo", "Spot", "seen", "no longer seen"),
            ("Dullness, uneven tone", "Spot", "not seen", "seen"),
        }
    assert queries.previous_analysis(after) == before
    assert queries.previous_analysis(before) is None
    assert queries.differences(before, before) == []


# --- the pages --------------------------------------------------------------------------------


@pytest.fixture
def doctor(client):
    member = physician(language="en")
    client.force_login(member)
    client.cookies["django_language"] = "en"
    return member


def saved(client, patient, entries):
    answer = client.post(reverse("analysis:new", args=[patient.pk]), entries)
    assert answer.status_code == 302, words(answer)
    return client.get(answer["Location"])


def test_marks_are_drawn_on_the_map_and_counted(client, doctor):
    patient = a_patient()
    spot = replace(LENTIGO, regions=("cheek_left",))
    marks = [
        {"view": "frontal", "region": "cheek_left", "x": x, "y": 0.5} for x in (0.6, 0.65, 0.7)
    ]
    page = saved(client, patient, typed(spot) | {"spots-0-marks": json.dumps(marks)})
    text = page.content.decode()
    assert text.count('class="map-mark"') == 3
    assert 'cx="130.0"' in text
    assert SkinAnalysis.objects.get().spots.get().count == 3


def test_a_mark_in_a_region_that_was_taken_back_goes_with_it(client, doctor):
    marks = [{"view": "frontal", "region": "chin", "x": 0.5, "y": 0.8}]
    saved(client, a_patient(), typed(LENTIGO) | {"spots-0-marks": json.dumps(marks)})
    assert SkinAnalysis.objects.get().spots.get().marks == []


@pytest.mark.parametrize(
    "broken",
    ["{", "7", '["x"]', '[{"view": "frontal"}]', '[{"view":"a","region":"b","x":"far","y":0}]', "["*5000],
)  # fmt: skip
def test_marks_that_cannot_be_read_are_refused_and_nothing_is_lost(client, doctor, broken):
    patient = a_patient()
    entries = typed(LENTIGO) | {"spots-0-marks": broken, "note": "kept"}
    answer = client.post(reverse("analysis:new", args=[patient.pk]), entries)
    assert answer.status_code == 422
    assert "kept" in words(answer)
    assert not SkinAnalysis.objects.exists()


def test_dullness_asks_for_its_grades_by_name(client, doctor):
    patient = a_patient()
    answer = client.post(reverse("analysis:new", args=[patient.pk]), typed(DULL))
    assert answer.status_code == 422
    assert "Radiance: Dullness is graded: choose 0 to 4." in words(answer)
    saved(client, patient, typed(DULL) | {"judged-radiance": "0", "judged-texture": "2"})
    assert SkinAnalysis.objects.get().radiance == 0


def test_readings_are_entered_with_a_comma_and_give_a_contrast(client, doctor):
    entries = typed(LENTIGO) | {"readings-TOTAL_FORMS": "2", "readings-INITIAL_FORMS": "0"}
    for row, (read_on, lightness) in enumerate((("normal", "65.0"), ("lesion", "55"))):
        entries |= {
            f"readings-{row}-kind": "colour",
            f"readings-{row}-read_on": read_on,
            f"readings-{row}-region": "hands",
            f"readings-{row}-device": "CR-400",
            f"readings-{row}-lightness": lightness,
            f"readings-{row}-a": "10",
            f"readings-{row}-b": "18",
        }
    page = saved(client, a_patient(), entries)
    assert "24.3° of colour angle" in words(page)
    missing = entries | {"readings-0-b": ""}
    answer = client.post(reverse("analysis:new", args=[a_patient().pk]), missing)
    assert answer.status_code == 422
    assert "Reading 1, b*: This number is missing." in words(answer)


def test_a_severity_index_with_a_gap_is_asked_for(client, doctor):
    entries = typed(MELASMA, score=BASELINE) | {"msi-left-area": "2", "msi-left-pigmentation": "2"}
    patient = a_patient()
    answer = client.post(reverse("analysis:new", args=[patient.pk]), entries)
    assert answer.status_code == 422
    assert "Severity index, Nose: Area is not scored." in words(answer)
    for region in ("right", "nose"):
        entries |= {f"msi-{region}-area": "0", f"msi-{region}-pigmentation": "0"}
    saved(client, patient, entries)
    assert SkinAnalysis.objects.get().msi == Decimal("3.2")


def test_a_follow_up_shows_the_last_marks_and_copies_none(client, doctor):
    patient = a_patient()
    first = an_analysis(patient, spots=[replace(MELASMA, marks=(CHEEK,), count=4)])
    page = client.get(reverse("analysis:new", args=[patient.pk]), {"from": "last"})
    text = page.content.decode()
    assert text.count('class="map-ghost"') == 1
    form = page.context["spots"].forms[0]
    assert form["marks"].value() is None
    assert form["count"].value() is None

    score = parts(*[(1, 1, 1)] * 4)
    entries = typed(replace(MELASMA, depth="dermal"), score=score) | {"copied_from": str(first.pk)}
    page = saved(client, patient, entries)
    assert "Compared with the analysis of" in words(page)
    assert "Depth Mixed Dermal" in words(page)
    assert SkinAnalysis.objects.latest("recorded_at").copied_from == first


@pytest.mark.parametrize("asked", ["", "nonsense", "00000000-0000-0000-0000-000000000000", "other"])
def test_a_copy_that_is_not_the_patients_is_no_copy(client, doctor, asked):
    if asked == "other":
        asked = str(an_analysis(a_patient()).pk)
    patient = a_patient()
    saved(client, patient, typed(LENTIGO) | {"copied_from": asked})
    assert SkinAnalysis.objects.get(patient=patient).copied_from is None


def test_neither_formula_nor_last_score_is_on_the_page_of_the_entry(client, doctor):
    patient = a_patient()
    an_analysis(patient)
    text = words(client.get(reverse("analysis:new", args=[patient.pk]), {"from": "last"}))
    assert "7.6" not in text
    assert "14.3" not in text
    assert "0.3" not in text


def test_the_pages_cost_the_same_whatever_an_analysis_holds(
    client, doctor, django_assert_max_num_queries
):
    patient = a_patient()
    small = an_analysis(patient, spots=[LENTIGO], score_parts=None)
    large = an_analysis(
        patient,
        spots=[replace(LENTIGO, regions=("cheek_left",), marks=(CHEEK,) * 30)] * 6,
        score_parts=None,
        readings=[lab("lesion", 55, 18)] * 12,
        now=NOW + timedelta(days=1),
    )
    counts = []
    for analysis in (small, large, small, large):
        with django_assert_max_num_queries(60) as queries_run:
            client.get(reverse("analysis:show", args=[patient.pk, analysis.pk]))
        counts.append(len(queries_run))
    # The larger one has an earlier one to be compared with: its spots and readings are read too.
    assert counts[3] - counts[2] <= 3


def test_the_map_outlines_where_the_last_session_was_given(client, doctor, monkeypatch):
    patient = a_patient()
    address = reverse("analysis:new", args=[patient.pk])
    assert "is-treated" not in client.get(address).content.decode()

    treated = Treated(on=NOW.date(), regions=frozenset({"chin"}))
    monkeypatch.setattr(last_treated, "_listeners", [lambda patient: treated])
    page = client.get(address).content.decode()
    outlined = re.findall(r'is-treated"[^>]* data-map-region="(\w+)"', page)
    assert set(outlined) == {"chin"}
    assert "Thick outline: treated in the session of" in page
