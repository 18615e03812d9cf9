import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from treatments.analysis import rules
from treatments.analysis.terms import (
    FACE,
    BodyRegion,
    Response,
    ScorePart,
    ScoreRegion,
    SkinColour,
    SpotType,
)

EXAMPLES = json.loads(Path(__file__).with_name("score_examples.json").read_text(encoding="utf-8"))
REGIONS = {"F": "forehead", "R": "right_malar", "L": "left_malar", "C": "chin"}
PARTS = {"A": "area", "D": "darkness", "H": "homogeneity"}


def parts_of(short):
    return {
        REGIONS[region]: {PARTS[part]: value for part, value in entered.items()}
        for region, entered in short.items()
    }


def scored(short):
    parts = parts_of(short)
    return {"masi": str(rules.masi(parts)), "mmasi": str(rules.mmasi(parts))}


def answer_masi(entered):
    try:
        scores = scored(entered)
    except rules.ScoreRefused:
        return {"valid": False}
    return {
        "valid": True,
        **scores,
        "masi_band": rules.band(Decimal(scores["masi"]), rules.HIGHEST_MASI),
        "mmasi_band": rules.band(Decimal(scores["mmasi"]), rules.HIGHEST_MMASI),
    }


def answer_change(entered):
    answer = {which: scored(entered[which]) for which in ("baseline", "follow_up")}
    for kind in ("masi", "mmasi"):
        change = rules.change(Decimal(answer["baseline"][kind]), Decimal(answer["follow_up"][kind]))
        answer[f"{kind}_fall_percent"] = str(change.fall_percent)
        answer[f"{kind}_class"] = change.response
    return answer


def angle(entered):
    return rules.ita(Decimal(entered["L"]), Decimal(entered["b"]))


def answer_ita(entered):
    try:
        result = angle(entered)
    except rules.ScoreRefused:
        return {"valid": False}
    return {"valid": True, "ita": str(result.degrees), "class": result.colour.value}


def answer_contrast(entered):
    delta = rules.contrast(angle(entered["perilesional"]), angle(entered["lesion"]))
    return {"delta_ita": str(delta)}


ANSWERS = {
    "masi": answer_masi,
    "change": answer_change,
    "ita": answer_ita,
    "contrast": answer_contrast,
}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda each: each["id"])
def test_the_worked_example_comes_out_to_the_last_digit(example):
    assert ANSWERS[example["kind"]](example["input"]) == example["expected"]


# --- laws -------------------------------------------------------------------

region_scores = st.one_of(
    st.just({"area": 0, "darkness": 0, "homogeneity": 0}),
    st.fixed_dictionaries(
        {
            "area": st.integers(1, 6),
            "darkness": st.integers(1, 4),
            "homogeneity": st.integers(0, 4),
        }
    ),
)
all_parts = st.fixed_dictionaries({region.value: region_scores for region in ScoreRegion})
scores = st.decimals(0, 48, places=1)


@given(all_parts)
def test_scores_stay_in_their_range_and_have_one_decimal(parts):
    masi, mmasi = rules.masi(parts), rules.mmasi(parts)

    assert 0 <= masi <= 48
    assert 0 <= mmasi <= 24
    assert mmasi <= masi <= 2 * mmasi + 24
    assert masi.as_tuple().exponent == mmasi.as_tuple().exponent == -1


def test_the_ends_of_the_range_are_reached():
    most = {region.value: {"area": 6, "darkness": 4, "homogeneity": 4} for region in ScoreRegion}
    none = {region.value: {"area": 0, "darkness": 0, "homogeneity": 0} for region in ScoreRegion}

    assert (rules.masi(most), rules.mmasi(most)) == (48, 24)
    assert (rules.masi(none), rules.mmasi(none)) == (0, 0)


@given(all_parts)
def test_left_and_right_weigh_the_same(parts):
    mirrored = {
        **parts,
        "left_malar": parts["right_malar"],
        "right_malar": parts["left_malar"],
    }

    assert rules.masi(mirrored) == rules.masi(parts)
    assert rules.mmasi(mirrored) == rules.mmasi(parts)


@given(all_parts, st.sampled_from(ScoreRegion), st.sampled_from(ScorePart))
def test_more_of_anything_never_lowers_a_score(parts, region, part):
    entered = parts[region.value]
    if not entered["area"] or entered[part.value] == rules.MOST[part]:
        return
    worse = {**parts, region.value: {**entered, part.value: entered[part.value] + 1}}

    assert rules.masi(worse) >= rules.masi(parts)
    assert rules.mmasi(worse) >= rules.mmasi(parts)


@given(all_parts, st.sampled_from(ScoreRegion), st.data())
def test_a_region_or_part_that_was_not_scored_is_not_zero(parts, region, data):
    missing = data.draw(st.sampled_from(["region", "area", "darkness", "none"]))
    entered = {**parts[region.value]}
    without = {**parts, region.value: entered}
    if missing == "region":
        del without[region.value]
    elif missing == "none":
        entered["darkness"] = None
    else:
        del entered[missing]

    for score in (rules.masi, rules.mmasi):
        with pytest.raises(rules.ScoreRefused):
            score(without)


@given(all_parts)
def test_mmasi_does_not_need_homogeneity_and_masi_does(parts):
    without = {
        region: {part: value for part, value in entered.items() if part != "homogeneity"}
        for region, entered in parts.items()
    }

    assert rules.mmasi(without) == rules.mmasi(parts)
    with pytest.raises(rules.ScoreRefused):
        rules.masi(without)


@pytest.mark.parametrize(
    "entered",
    [
        {"area": 7, "darkness": 1, "homogeneity": 1},
        {"area": -1, "darkness": 1, "homogeneity": 1},
        {"area": 1, "darkness": 5, "homogeneity": 1},
        {"area": 1, "darkness": 1, "homogeneity": 5},
        {"area": 1, "darkness": 0, "homogeneity": 1},
        {"area": 0, "darkness": 0, "homogeneity": 1},
        {"area": 0, "darkness": 1, "homogeneity": 0},
        {"area": 1.5, "darkness": 1, "homogeneity": 1},
        {"area": "1", "darkness": 1, "homogeneity": 1},
        {"area": True, "darkness": 1, "homogeneity": 1},
    ],
)
def test_an_impossible_entry_is_refused_and_its_region_named(entered):
    parts = {region.value: {"area": 1, "darkness": 1, "homogeneity": 1} for region in ScoreRegion}
    rules.masi(parts)

    with pytest.raises(rules.ScoreRefused) as refusal:
        rules.mmasi({**parts, "chin": entered})

    assert str(ScoreRegion.CHIN.label) in str(refusal.value)


def test_a_region_that_the_score_does_not_know_is_refused():
    parts = {region.value: {"area": 1, "darkness": 1, "homogeneity": 1} for region in ScoreRegion}

    with pytest.raises(rules.ScoreRefused):
        rules.mmasi({**parts, "neck": {"area": 1, "darkness": 1}})


@given(scores, scores)
def test_the_class_follows_the_fall(baseline, follow_up):
    change = rules.change(baseline, follow_up)

    if not baseline:
        assert change == rules.Change(fall_percent=None, response=None)
        return
    assert change.fall_percent is not None
    assert change.fall_percent <= 100
    assert (change.response is Response.NONE) == (follow_up >= baseline)
    assert (change.response is Response.VERY_GOOD) == (4 * follow_up < baseline)


@pytest.mark.parametrize(
    ("follow_up", "percent", "response"),
    [
        ("2.5", "75.0", Response.GOOD),
        ("2.4", "76.0", Response.VERY_GOOD),
        ("5", "50.0", Response.GOOD),
        ("5.1", "49.0", Response.MODERATE),
        ("7.5", "25.0", Response.MODERATE),
        ("7.6", "24.0", Response.MILD),
        ("10", "0.0", Response.NONE),
        ("12", "-20.0", Response.NONE),
    ],
)
def test_the_limits_of_the_classes(follow_up, percent, response):
    change = rules.change(Decimal(10), Decimal(follow_up))

    assert (str(change.fall_percent), change.response) == (percent, response)


def test_a_percent_is_rounded_half_away_from_zero_and_its_class_is_not():
    assert rules.change(Decimal(2000), Decimal(1999)).fall_percent == Decimal("0.1")
    assert rules.change(Decimal(2000), Decimal(2001)).fall_percent == Decimal("-0.1")
    assert rules.change(Decimal(3000), Decimal("1500.1")).response is Response.MODERATE


def test_a_score_below_zero_is_refused():
    with pytest.raises(rules.ScoreRefused):
        rules.change(Decimal(-1), Decimal(0))


@pytest.mark.parametrize(
    ("lightness", "b", "degrees", "colour"),
    [
        ("72", "14", "57.5", SkinColour.VERY_LIGHT),
        ("58", "17", "25.2", SkinColour.TAN),
        ("52", "17", "6.7", SkinColour.BROWN),
        ("38", "14", "-40.6", SkinColour.DARK),
        ("50", "10", "0.0", SkinColour.BROWN),
    ],
)
def test_the_colour_angle(lightness, b, degrees, colour):
    result = rules.ita(Decimal(lightness), Decimal(b))

    assert (str(result.degrees), result.colour) == (degrees, colour)


@pytest.mark.parametrize(
    ("lightness", "b"), [("-1", "10"), ("101", "10"), ("60", "0"), ("60", "-5"), ("NaN", "10")]
)
def test_what_is_no_skin_has_no_angle(lightness, b):
    with pytest.raises(rules.ScoreRefused):
        rules.ita(Decimal(lightness), Decimal(b))


readings = st.builds(rules.ita, st.decimals(0, 100, places=2), st.decimals("0.1", 40, places=2))


@given(readings, readings)
def test_the_contrast_turns_its_sign_with_its_sides(one, other):
    assert rules.contrast(one, other) == -rules.contrast(other, one)
    assert -90 <= one.degrees <= 90


@given(scores)
def test_bands_are_thirds(score):
    assert rules.band(score, rules.HIGHEST_MASI) == (1 if score <= 16 else 2 if score <= 32 else 3)


@pytest.mark.parametrize("spot_type", SpotType)
@pytest.mark.parametrize("region", BodyRegion)
def test_only_melasma_of_the_face_is_scored(spot_type, region):
    expected = spot_type is SpotType.MELASMA and region in FACE

    assert rules.may_be_scored(spot_type.value, [region.value]) == expected
    if expected:
        rules.check_may_be_scored(spot_type.value, [region.value])
    else:
        with pytest.raises(rules.ScoreRefused):
            rules.check_may_be_scored(spot_type.value, [region.value])


def test_melasma_without_a_region_is_not_scored():
    assert not rules.may_be_scored("melasma", [])
    assert rules.may_be_scored("melasma", ["neck", "chin"])
