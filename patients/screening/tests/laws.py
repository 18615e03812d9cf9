"""The two laws of screening, as checks on generated requests.

`test_laws.py` runs some thousand of them; `python -m patients.screening.tests.laws 100000` runs
as many as are asked for, of the newest version or of the one that is named.
"""

import copy
import json
import sys
from datetime import date
from functools import cached_property
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from clinic.folding import fold
from patients.screening.batch import answer_lines
from patients.screening.readable import read_date
from patients.screening.rule_set import Question, RuleSet, load_rule_set
from patients.screening.rules import Response, screen
from patients.screening.terms import Kind, Verdict
from patients.screening.tests.cases import complete

DAYS = ["2026-11-23", "2026-11-22", "2026-11-17", "2026-11-16", "2026-11-10", "2026-11-09",
        "2026-10-27", "2026-10-01", "2026-06-01", "2025-11-24", "2021-11-24", "2015-05-05"]  # fmt: skip
UNREADABLE: list[object] = ["unknown", None, "maybe", 3, [], {"a": 1}, "2027-01-01"]
MEDICINES = ["Coumadin", "kumadin 5mg", "Coraspin", "Plavix 75", "aspirin", "Voltaren", "Voltaren jel",
             "naproxen", "Xarelto + Coraspin", "Yasmin", "Lustral 50", "antibiyotik", "Augmentin",
             "Zorbexin", "kan sulandırıcı", "zoretanin", "Deltacortril", "Minirin", "Femara",
             "tüp bebek iğnesi", "Parol", "Dideral", "valtrex", "omega 3", "yaz", "Lantus", "Prograf", "Brilinta", "MabThera",
             "Botox", "Beloc", "Ameluz", "efavirenz", ""]  # fmt: skip
ALLERGIES = ["somon", "lateks", "sülfit", "lidokain", "novokain", "aspirin", "klorheksidin",
             "Batikon", "polen", "zorbexin", "Plavix", "arı", "c vitamini", "bakla",
             "lokal anestezi", "ibuprofen", ""]  # fmt: skip
ILLNESSES = [
    "epilepsi",
    "siroz",
    "lupus",
    "astım",
    "sedef",
    "inme",
    "hemofili",
    "gut",
    "tuhaf hastalık",
]


def clearing_value(question: Question, answer: object) -> bool:
    """Whether the answer is one that clears: a no, a none, a negative."""
    if question.code == "consent_signed":
        return answer == "yes"
    if question.names_needed:
        return isinstance(answer, list) and bool(answer)
    return answer in ("no", "none", "negative") or answer == []


def other_values(question: Question) -> list[object]:
    match question.kind:
        case Kind.YES_NO:
            by_medicine: list[object] = [{"Augmentin": "no"}, {"Augmentin": "yes", "Femara": "no"}]
            return ["yes", "no", *(by_medicine if question.per_medicine else [])]
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
    if question.code == "consent_signed" or question.names_needed:
        return ["no"]
    values = [v for v in other_values(question) if not clearing_value(question, v)]
    return [v for v in values if v != "not_done" and not isinstance(v, dict)]


allergies = st.fixed_dictionaries(
    {"text": st.sampled_from(ALLERGIES)},
    optional={"severity": st.sampled_from(["mild", "severe", "anaphylaxis", "?"])},
)
medicines = st.fixed_dictionaries(
    {"text": st.sampled_from(MEDICINES)},
    optional={
        "status": st.sampled_from(["current", "as_needed", "stopped", "?"]),
        "last_taken": st.sampled_from([*DAYS, "unknown"]),
        "since": st.sampled_from([*DAYS, "unknown"]),
    },
)
illnesses = st.lists(st.sampled_from(ILLNESSES).map(lambda text: {"text": text}), max_size=2)


class World:
    """One version of the clinical data, and what may be asked and told under it."""

    def __init__(self, rule_set: RuleSet) -> None:
        self.rule_set = rule_set

    def __repr__(self) -> str:
        return f"World({self.rule_set.version})"

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        return self.rule_set.asked_in_answers

    @cached_property
    def codes(self) -> list[str]:
        return [question.code for question in self.questions]

    @cached_property
    def regions(self) -> list[str]:
        return list(self.rule_set.vocabulary.regions)

    @cached_property
    def rule_ids(self) -> st.SearchStrategy[set[str]]:
        return st.sets(st.sampled_from([rule.id for rule in self.rule_set.rules]))

    @cached_property
    def answer_edits(self) -> st.SearchStrategy[tuple[str, object]]:
        return st.sampled_from(self.questions).flatmap(
            lambda q: st.tuples(st.just(q.code), st.sampled_from([*other_values(q), *UNREADABLE]))
        )

    @cached_property
    def procedures(self) -> st.SearchStrategy[dict[str, Any]]:
        places = st.sampled_from([*self.regions, "elsewhere", "?"])
        return st.fixed_dictionaries(
            {"kind": st.sampled_from([*self.rule_set.vocabulary.procedures, "?"])},
            optional={
                "on": st.sampled_from([*DAYS, "?"]),
                "area": st.lists(places, max_size=2),
            },
        )

    @cached_property
    def ingredients(self) -> st.SearchStrategy[dict[str, Any]]:
        excipients = st.sampled_from(list(self.rule_set.vocabulary.excipients))
        return st.fixed_dictionaries(
            {"ingredient": st.sampled_from(list(self.rule_set.ingredients.ingredients))},
            optional={
                "mg": st.sampled_from([0, 0.02, 5, 8, 25.5, 120, 250, 600]),
                "product_excipients": st.lists(excipients, max_size=2),
            },
        )

    @cached_property
    def steps(self) -> st.SearchStrategy[dict[str, Any]]:
        kinds = self.rule_set.vocabulary.steps
        return st.fixed_dictionaries(
            {},
            optional={
                "antiseptic": st.sampled_from([*kinds["antiseptic"], "?"]),
                "anaesthetic_cream": st.sampled_from([*kinds["anaesthetic_cream"], "?"]),
                "gloves": st.sampled_from([*kinds["gloves"], "?"]),
                "anaesthetic_cream_g": st.sampled_from([0, 2, 10, 30, 70]),
            },
        )

    @cached_property
    def spots(self) -> st.SearchStrategy[dict[str, Any]]:
        """What was said about changed spots, and what an examination cleared."""
        lists = st.lists(st.sampled_from([*self.regions[:9], "elsewhere"]), max_size=3)
        known = [code for code in SPOTS if code in self.codes]
        return st.fixed_dictionaries(dict.fromkeys(known, lists))

    @cached_property
    def requests(self) -> st.SearchStrategy[dict[str, Any]]:
        return _requests(self)

    @cached_property
    def additions(self) -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
        return _additions(self)

    @cached_property
    def input_lines(self) -> st.SearchStrategy[bytes]:
        values = _json_values(self)
        return (
            _broken_requests(self, values).map(lambda request: json.dumps(request).encode())
            | values.map(lambda value: json.dumps(value).encode())
            | st.binary(max_size=30).map(lambda raw: raw.replace(b"\n", b""))
            | st.just(b"")
        )

    def screened(self, request: dict[str, Any]) -> Response:
        return screen(request, rule_set=self.rule_set)


SPOTS = ("spot_changed", "abcde_positive", "spot_cleared_by_exam")


@st.composite
def _requests(draw: st.DrawFn, world: World) -> dict[str, Any]:
    """Draw a request that is complete but for a few changes of every sort."""
    changed = complete(world.rule_set)
    changed["answers"].update(draw(st.lists(world.answer_edits, max_size=6)))
    if draw(st.integers(0, 3)) == 0:
        changed["answers"].update(draw(world.spots))
    for name, entries in (("medications", medicines), ("allergies", allergies)):
        if stated := draw(st.lists(entries, max_size=3)):
            changed[name] = stated
    changed["procedures"] = draw(st.lists(world.procedures, max_size=2))
    if draw(st.booleans()):
        changed["cocktail"] = draw(st.lists(world.ingredients, max_size=4))
        changed["steps"] |= draw(world.steps)
    changed["area"] = draw(st.lists(st.sampled_from(world.regions), min_size=1, max_size=3))
    changed["sex"] = draw(st.sampled_from(["F", "F", "M", "X", "?"]))
    changed["born"] = draw(st.sampled_from(["1992-03-14", "1960-01-01", "2010-01-01", "?"]))
    changed["phototype"] = draw(st.sampled_from(["II", "III", "V", "?"]))
    changed["weight_kg"] = draw(st.sampled_from([42, 60.5, "?"]))
    if draw(st.booleans()):
        changed["conditions"] = draw(illnesses)
    return changed


def is_not_milder(before: Response, after: Response) -> bool:
    """Whether `after` is no nearer to clear, and if both wait, waits no shorter."""
    if after.verdict.rank < before.verdict.rank:
        return False
    if before.verdict is Verdict.HOLD is after.verdict:
        return (after.earliest_on or date.min) >= (before.earliest_on or date.min)
    return True


# -- additions: each returns the request with one more reason for care, or None ---------------


def worse_answer(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    code = draw(st.sampled_from([*world.codes, *(code for code in SPOTS if code in world.codes)]))
    question, answers = world.rule_set.question(code), request["answers"]
    if not clearing_value(question, answers.get(code)):
        return False
    worse = [*contraindicating(question), "unknown", LEFT_OUT]
    value = draw(st.sampled_from(worse))
    if value is LEFT_OUT:
        del answers[code]
    else:
        answers[code] = value
    return True


def further_medicine(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    request["medications"].append(draw(medicines))
    return True


def further_allergy(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    request["allergies"].append(draw(allergies))
    return True


def further_illness(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    text = draw(st.sampled_from(ILLNESSES))
    vocabulary = world.rule_set.vocabulary
    code = vocabulary.conditions.get(fold(text))
    open_before = code and request["answers"].get(code) not in ("yes", "no")
    # Version 1: an illness answers an open question, which clears it (contract, section 9.12).
    if open_before and vocabulary.reading.illness_closes_question:
        return False
    request.setdefault("conditions", []).append({"text": text})
    return True


def further_procedure(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    request["procedures"].append(draw(world.procedures))
    return True


def further_region(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    request["area"].append(draw(st.sampled_from(world.regions)))
    return True


def further_ingredient(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    request["cocktail"].append(draw(world.ingredients))
    return True


def harmless_fact_left_out(draw: st.DrawFn, world: World, request: dict[str, Any]) -> bool:
    name = draw(st.sampled_from(["sex", "born", "phototype", "gloves", "antiseptic", "kind",
                                 "excipients", "since", "area of a procedure"]))  # fmt: skip
    if name in ("sex", "born", "phototype"):
        # An age or a phototype that fires a rule is no harmless fact.
        if name != "sex" and not {"R-MINOR", "R-PIH-RISK", "R-TXA-RISKFACTORS"}.isdisjoint(
            finding.rule for finding in world.screened(request).findings
        ):
            return False
        del request[name]
        return True
    if name in ("gloves", "antiseptic"):
        if {"R-ALLERGY-ANTISEPTIC"} & {f.rule for f in world.screened(request).findings}:
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
def _additions(draw: st.DrawFn, world: World) -> tuple[dict[str, Any], dict[str, Any]]:
    before = draw(world.requests)
    after = copy.deepcopy(before)
    assume(draw(st.sampled_from(ADDITIONS))(draw, world, after))
    return before, after


# -- the laws ---------------------------------------------------------------------------------


def _json_values(world: World) -> st.SearchStrategy[Any]:
    return st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8)
        | st.sampled_from(["yes", "no", "unknown", *DAYS, *MEDICINES, *world.regions]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*world.codes, "text", "kind", "on", "ingredient"]), inner
            )
        ),
        max_leaves=6,
    )


@st.composite
def _broken_requests(
    draw: st.DrawFn, world: World, values: st.SearchStrategy[Any]
) -> dict[str, Any]:
    """Draw a request in which anything may stand anywhere."""
    changed = draw(world.requests)
    fields = [*complete(world.rule_set), "conditions", "conditions_none", "age", "last_session_on"]
    for field in draw(st.lists(st.sampled_from(fields))):
        changed[field] = draw(values)
    for code in draw(st.lists(st.sampled_from(world.codes), max_size=3)):
        if isinstance(changed["answers"], dict):
            changed["answers"][code] = draw(values)
    return changed


def check_addition(world: World, pair: tuple[dict[str, Any], dict[str, Any]]) -> None:
    before, after = pair
    assert is_not_milder(world.screened(before), world.screened(after))


def check_further_rules(world: World, request: dict[str, Any], dropped: set[str]) -> None:
    whole = world.rule_set
    fewer = whole.with_rules(rule for rule in whole.rules if rule.id not in dropped)

    assert is_not_milder(screen(request, rule_set=fewer), world.screened(request))


def check_total(world: World, lines: list[bytes]) -> None:
    answered = list(answer_lines(lines, world.rule_set))

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


def by_hand(examples: int, version: str | None = None) -> None:
    world = World(load_rule_set(version))
    config = settings(
        max_examples=examples, deadline=None, database=None, suppress_health_check=QUICK
    )
    config(given(world.additions)(lambda pair: check_addition(world, pair)))()
    config(
        given(world.requests, world.rule_ids)(
            lambda request, dropped: check_further_rules(world, request, dropped)
        )
    )()
    config(
        given(st.lists(world.input_lines, max_size=2))(lambda lines: check_total(world, lines))
    )()


if __name__ == "__main__":
    by_hand(int(sys.argv[1]), *sys.argv[2:])
