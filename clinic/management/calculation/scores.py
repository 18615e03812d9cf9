"""Kinds `masi`, `change`, `ita` and `contrast`: the scores of pigmentation, as the pages compute them.

What the scores' own rules refuse is answered as not valid; it is an answer, not a broken line.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from clinic.management.calculation.reading import amount, object_in
from treatments.analysis import rules

_REGIONS = {"F": "forehead", "R": "right_malar", "L": "left_malar", "C": "chin"}
_PARTS = {"A": "area", "D": "darkness", "H": "homogeneity"}
_NOT_VALID: dict[str, Any] = {"valid": False}

Scores = dict[str, Decimal]


def answer_masi(entered: Mapping[str, Any]) -> dict[str, Any]:
    try:
        scores = _scores(entered)
    except rules.ScoreRefused:
        return dict(_NOT_VALID)
    return {
        "valid": True,
        **_written(scores),
        "masi_band": rules.band(scores["masi"], rules.HIGHEST_MASI),
        "mmasi_band": rules.band(scores["mmasi"], rules.HIGHEST_MMASI),
    }


def answer_change(entered: Mapping[str, Any]) -> dict[str, Any]:
    before, after = object_in(entered, "baseline"), object_in(entered, "follow_up")
    try:
        baseline, follow_up = _scores(before), _scores(after)
    except rules.ScoreRefused:
        return dict(_NOT_VALID)
    answer: dict[str, Any] = {
        "baseline": _written(baseline),
        "follow_up": _written(follow_up),
    }
    for score in ("masi", "mmasi"):
        change = rules.change(baseline[score], follow_up[score])
        fall = change.fall_percent
        answer[f"{score}_fall_percent"] = None if fall is None else str(fall)
        answer[f"{score}_class"] = None if change.response is None else change.response.value
    return answer


def answer_ita(entered: Mapping[str, Any]) -> dict[str, Any]:
    try:
        angle = _angle(entered)
    except rules.ScoreRefused:
        return dict(_NOT_VALID)
    return {"valid": True, "ita": str(angle.degrees), "class": angle.colour.value}


def answer_contrast(entered: Mapping[str, Any]) -> dict[str, Any]:
    around, lesion = object_in(entered, "perilesional"), object_in(entered, "lesion")
    try:
        return {"delta_ita": str(rules.contrast(_angle(around), _angle(lesion)))}
    except rules.ScoreRefused:
        return dict(_NOT_VALID)


def _scores(entered: Mapping[str, Any]) -> Scores:
    parts = {
        _REGIONS.get(region, region): _region(object_in(entered, region)) for region in entered
    }
    return {"masi": rules.masi(parts), "mmasi": rules.mmasi(parts)}


def _region(entered: Mapping[str, Any]) -> Mapping[str, Any]:
    return {_PARTS.get(part, part): value for part, value in entered.items()}


def _written(scores: Scores) -> dict[str, str]:
    return {name: str(score) for name, score in scores.items()}


def _angle(entered: Mapping[str, Any]) -> rules.SkinAngle:
    return rules.ita(amount(entered, "L"), amount(entered, "b"))
