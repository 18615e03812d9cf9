"""The two laws of screening, as checks on generated requests.

`test_laws.py` runs some thousand of them; `python -m patients.screening.tests.laws 100000` runs
as many as are asked for.
"""

import copy
import json
import sys
from datetime import date
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from patients.screening.batch import answer_lines
from patients.screening.readable import read_date
from patients.screening.rule_set import Question, RuleSet
from patients.screening.rules import Response, screen
from patients.screening.terms import Kind, Verdict
from patients.screening.tests.cases import CLEAR, V1

DAYS = ["2026-11-23", "2026-11-22", "2026-11-17", "2026-11-16", "2026-11-10", "2026-11-09",
        "2026-10-27", "2026-10-01", "2026-06-01", "2025-11-24", "2021-11-24", "2015-05-05"]  # fmt: skip
UNREADABLE: list[object] = ["unknown", None, "maybe", 3, [], {"a": 1}, "2027-01-01"]
MEDICINES = ["Coumadin", "kumadin 5mg", "Coraspin", "Plavix 75", "aspirin", "Voltaren", "Voltaren jel",
             "naproxen", "Xarelto + Coraspin", "Yasmin", "Lustral 50", "antibiyotik", "Augmentin",
             "Zorbexin", "kan sulandırıcı", "zoretanin", "Deltacortril", "Minirin", "Femara",
             "tüp bebek iğnesi", "Parol", "Dideral", "valtrex", "omega 3", "yaz", ""]  # fmt: skip
ALLERGIES = ["somon", "lateks", "sülfit", "lidokain", "novokain", "aspirin", "klorheksidin",
             "Batikon", "polen", "zorbexin", "Plavix", "arı", "c vitamini", ""]  # fmt: skip
ILLNESSES = ["lupus", "astım", "sedef", "inme", "hemofili", "gut", "tuhaf hastalık"]


def clearing_value(question: Question, answer: object) -> bool:
    """Whether the answer is one that clears: a no, a none, a negative."""
    if question.code == "consent_signed":
        return answer == "yes"
    return answer in ("no", "none", "negative") or answer == []


def other_values(question: Question) -> list[object]:
    match question.kind:
        case Kind.YES_NO:
            return ["yes", "no"]
        case Kind.CHOICE:
            return list(question.choices)
        case Kind.NUMBER:
            low, high = int(question.minimum or 1), int(question.maximum or 100)
            return [max(low, 1), min(high, 10), min(high, 35), min(high, 250), high]
        case Kind.DATE:
            return [*DAYS, "no"]
        case Kind.LIST:
            return ["no", "yes", ["cheek_left"], ["elsewhere"], *([c] for c in question.choices)]


def contraindicating(question: Question) -> list[object]:
    if question.code == "consent_signed":
        return ["no"]
    values = [v for v in other_values(question) if not clearing_value(question, v)]
    return [v for v in values if v != "not_done"]


QUESTIONS = V1.asked_in_answers
CODES = [question.code for question in QUESTIONS]
REGIONS = list(V1.vocabulary.regions)
INGREDIENTS = list(V1.ingredients.ingredients)

answer_edits = st.sampled_from(QUESTIONS).flatmap(
    lambda q: st.tuples(st.just(q.code), st.sampled_from([*other_values(q), *UNREADABLE]))
)
medicines = st.fixed_dictionaries(
    {"text": st.sampled_from(MEDICINES)},
    optional={
        "status": st.sampled_from(["current", "as_needed", "stopped", "?"]),
        "last_taken": st.sampled_from([*DAYS, "unknown"]),
        "since": st.sampled_from([*DAYS, "unknown"]),
    },
)
allergies = st.fixed_dictionaries(
    {"text": st.sampled_from(ALLERGIES)},
    optional={"severity": st.sampled_from(["mild", "severe", "anaphylaxis", "?"])},
)
procedures = st.fixed_dictionaries(
    {"kind": st.sampled_from([*V1.vocabulary.procedures, "?"])},
    optional={
        "on": st.sampled_from([*DAYS, "?"]),
        "area": st.lists(st.sampled_from([*REGIONS, "elsewhere", "?"]), max_size=2),
    },
)
ingredients = st.fixed_dictionaries(
    {"ingredient": st.sampled_from(INGREDIENTS)},
    optional={
        "mg": st.sampled_from([0, 0.02, 5, 8, 25.5, 120, 250, 600]),
        "product_excipients": st.lists(st.sampled_from(list(V1.vocabulary.excipients)), max_size=2),
    },
)
steps = st.fixed_dictionaries(
    {},
    optional={
        "antiseptic": st.sampled_from([*V1.vocabulary.steps["antiseptic"], "?"]),
        "anaesthetic_cream": st.sampled_from([*V1.vocabulary.steps["anaesthetic_cream"], "?"]),
        "gloves": st.sampled_from([*V1.vocabulary.steps["gloves"], "?"]),
        "anaesthetic_cream_g": st.sampled_from([0, 2, 10, 30]),
    },
)
conditions = st.lists(st.sampled_from(ILLNESSES).map(lambda text: {"text": text}), max_size=2)


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a request that is complete but for a few changes of every sort."""
    changed = copy.deepcopy(CLEAR)
    changed["answers"].update(draw(st.lists(answer_edits, max_size=6)))
    for name, entries in (("medications", medicines), ("allergies", allergies)):
        if stated := draw(st.lists(entries, max_size=3)):
            changed[name] = stated
    changed["procedures"] = draw(st.lists(procedures, max_size=2))
    if draw(st.booleans()):
        changed["cocktail"] = draw(st.lists(ingredients, max_size=4))
        changed["steps"] |= draw(steps)
    changed["area"] = draw(st.lists(st.sampled_from(REGIONS), min_size=1, max_size=3))
    changed["sex"] = draw(st.sampled_from(["F", "F", "M", "X", "?"]))
    changed["born"] = draw(st.sampled_from(["1992-03-14", "1960-01-01", "2010-01-01", "?"]))
    changed["phototype"] = draw(st.sampled_from(["II", "III", "V", "?"]))
    changed["weight_kg"] = draw(st.sampled_from([42, 60.5, "?"]))
    if draw(st.booleans()):
        changed["conditions"] = draw(conditions)
    return changed


def screened(request: dict[str, Any], rule_set: RuleSet = V1) -> Response:
    return screen(request, rule_set=rule_set)


def is_not_milder(before: Response, after: Response) -> bool:
    """Whether `after` is no nearer to clear, and if both wait, waits no shorter."""
    if after.verdict.rank < before.verdict.rank:
        return False
    if before.verdict is Verdict.HOLD is after.verdict:
        return (after.earliest_on or date.min) >= (before.earliest_on or date.min)
    return True


# -- additions: each returns the request with one more reason for care, or None ---------------


def worse_answer(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    code = draw(st.sampled_from(CODES))
    question, answers = V1.question(code), request["answers"]
    if not clearing_value(question, answers.get(code)):
        return False
    worse = [*contraindicating(question), "unknown", LEFT_OUT]
    value = draw(st.sampled_from(worse))
    if value is LEFT_OUT:
        del answers[code]
    else:
        answers[code] = value
    return True


def further_medicine(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    request["medications"].append(draw(medicines))
    return True


def further_allergy(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    request["allergies"].append(draw(allergies))
    return True


def further_illness(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    text = draw(st.sampled_from(ILLNESSES))
    code = V1.vocabulary.conditions.get(text)
    # Version 1: an illness answers an open question, which clears it (contract, section 9.12).
    if code and request["answers"].get(code) not in ("yes", "no"):
        return False
    request.setdefault("conditions", []).append({"text": text})
    return True


def further_procedure(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    request["procedures"].append(draw(procedures))
    return True


def further_region(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    request["area"].append(draw(st.sampled_from(REGIONS)))
    return True


def further_ingredient(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    request["cocktail"].append(draw(ingredients))
    return True


def harmless_fact_left_out(draw: st.DrawFn, request: dict[str, Any]) -> bool:
    name = draw(st.sampled_from(["sex", "born", "phototype", "gloves", "antiseptic", "kind",
                                 "excipients", "since", "area of a procedure"]))  # fmt: skip
    if name in ("sex", "born", "phototype"):
        # An age or a phototype that fires a rule is no harmless fact.
        if name != "sex" and not {"R-MINOR", "R-PIH-RISK", "R-TXA-RISKFACTORS"}.isdisjoint(
            finding.rule for finding in screened(request).findings
        ):
            return False
        del request[name]
        return True
    if name in ("gloves", "antiseptic"):
        if {"R-ALLERGY-ANTISEPTIC"} & {f.rule for f in screened(request).findings}:
            return False
        return request["steps"].pop(name, None) is not None
    lists = {"excipients": ("cocktail", "product_excipients"), "since": ("medications", "since"),
             "area of a procedure": ("procedures", "area"), "kind": ("procedures", "?")}  # fmt: skip
    where, field = lists[name]
    entries = [entry for entry in request[where] if field in entry]
    if not entries or (field == "product_excipients" and entries[0][field]):
        return False
    del entries[0][field]
    return True


LEFT_OUT = object()
ADDITIONS = [worse_answer, worse_answer, further_medicine, further_allergy, further_illness,
             further_procedure, further_region, further_ingredient, harmless_fact_left_out]  # fmt: skip


@st.composite
def additions(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    before = draw(requests())
    after = copy.deepcopy(before)
    assume(draw(st.sampled_from(ADDITIONS))(draw, after))
    return before, after


# -- the laws ---------------------------------------------------------------------------------

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["yes", "no", "unknown", *DAYS, *MEDICINES, *REGIONS]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from([*CODES, "text", "kind", "on", "ingredient"]), inner)
    ),
    max_leaves=6,
)


@st.composite
def broken_requests(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a request in which anything may stand anywhere."""
    changed = draw(requests())
    for field in draw(st.lists(st.sampled_from([*CLEAR, "conditions", "age", "last_session_on"]))):
        changed[field] = draw(json_values)
    for code in draw(st.lists(st.sampled_from(CODES), max_size=3)):
        if isinstance(changed["answers"], dict):
            changed["answers"][code] = draw(json_values)
    return changed


input_lines = (
    broken_requests().map(lambda request: json.dumps(request).encode())
    | json_values.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b""))
    | st.just(b"")
)


def check_addition(pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = pair
    assert is_not_milder(screened(before), screened(after))


def check_further_rules(request: dict[str, Any], dropped: set[str]) -> None:
    fewer = V1.with_rules(rule for rule in V1.rules if rule.id not in dropped)

    assert is_not_milder(screened(request, fewer), screened(request))


def check_total(lines: list[bytes]) -> None:
    answered = list(answer_lines(lines, V1))

    assert len(answered) == len(lines)
    for number, (raw, line) in enumerate(zip(lines, answered, strict=True), start=1):
        answer = json.loads(line.text)
        assert line.text.endswith(b"\n")
        assert line.text.count(b"\n") == 1
        assert not line.fault
        if line.broken:
            assert answer == {"id": answer["id"], "line": number, "error": answer["error"]}
        else:
            request = json.loads(raw)
            assert answer["id"] == request["id"]
            assert Verdict(answer["verdict"])
            assert (answer["verdict"] == "clear") <= (
                answer["findings"] == answer["unanswered"] == answer["unrecognised"] == []
            )
            assert "earliest_on" not in answer or read_date(answer["earliest_on"])


QUICK = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def by_hand(examples: int) -> None:
    config = settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=QUICK
    )
    config(given(additions())(check_addition))()
    dropped = st.sets(st.sampled_from([rule.id for rule in V1.rules]))
    config(given(requests(), dropped)(check_further_rules))()
    config(given(st.lists(input_lines, max_size=2))(check_total))()


if __name__ == "__main__":
    by_hand(int(sys.argv[1]))
