"""The two laws of screening, as checks on generated requests.

`test_laws.py` runs some thousand of them with Hypothesis; `python -m patients.screening.tests.laws
100000` draws as many as are asked for by lot (`draws.py`), of the newest version or of the one that
is named.
"""

import copy
import json
import sys
from datetime import date
from functools import cached_property
from random import Random
from typing import Any

from hypothesis import HealthCheck
from hypothesis import strategies as st

from clinic.folding import fold
from patients.screening.batch import answer_lines
from patients.screening.readable import read_date
from patients.screening.rule_files import load_rule_set
from patients.screening.rule_set import Question, RuleSet
from patients.screening.rules import Response, screen
from patients.screening.terms import Kind, Verdict
from patients.screening.tests.cases import complete
from patients.screening.tests.draws import (
    Choices,
    Draw,
    drawn,
    json_by_lot,
    lot_of,
    one_of,
    some_of,
    with_fields,
    yes_or_no,
)

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


allergies = with_fields(
    {"text": one_of(ALLERGIES)},
    {"severity": one_of(["mild", "severe", "anaphylaxis", "?"])},
)
medicines = with_fields(
    {"text": one_of(MEDICINES)},
    {
        "status": one_of(["current", "as_needed", "stopped", "?"]),
        "last_taken": one_of([*DAYS, "unknown"]),
        "since": one_of([*DAYS, "unknown"]),
    },
)
illnesses = some_of(one_of(ILLNESSES).map(lambda text: {"text": text}), at_most=2)


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
    def drawn_rule_ids(self) -> Choices:
        return some_of(one_of([rule.id for rule in self.rule_set.rules])).map(set)

    @cached_property
    def rule_ids(self) -> st.SearchStrategy[set[str]]:
        return self.drawn_rule_ids.strategy

    @cached_property
    def values(self) -> dict[str, Choices]:
        return {q.code: one_of([*other_values(q), *UNREADABLE]) for q in self.questions}

    @cached_property
    def answer_edits(self) -> Choices:
        codes = one_of(self.codes)

        def edit(draw: Draw) -> tuple[str, object]:
            code = draw(codes)
            return code, draw(self.values[code])

        return drawn(edit)

    @cached_property
    def procedures(self) -> Choices:
        places = one_of([*self.regions, "elsewhere", "?"])
        return with_fields(
            {"kind": one_of([*self.rule_set.vocabulary.procedures, "?"])},
            {"on": one_of([*DAYS, "?"]), "area": some_of(places, at_most=2)},
        )

    @cached_property
    def ingredients(self) -> Choices:
        excipients = one_of(list(self.rule_set.vocabulary.excipients))
        return with_fields(
            {"ingredient": one_of(list(self.rule_set.ingredients.ingredients))},
            {
                "mg": one_of([0, 0.02, 5, 8, 25.5, 120, 250, 600]),
                "product_excipients": some_of(excipients, at_most=2),
            },
        )

    @cached_property
    def steps(self) -> Choices:
        kinds = self.rule_set.vocabulary.steps
        return with_fields(
            {},
            {
                "antiseptic": one_of([*kinds["antiseptic"], "?"]),
                "anaesthetic_cream": one_of([*kinds["anaesthetic_cream"], "?"]),
                "gloves": one_of([*kinds["gloves"], "?"]),
                "anaesthetic_cream_g": one_of([0, 2, 10, 30, 70]),
            },
        )

    @cached_property
    def spots(self) -> Choices:
        """What was said about changed spots, and what an examination cleared."""
        lists = some_of(one_of([*self.regions[:9], "elsewhere"]), at_most=3)
        return with_fields({code: lists for code in SPOTS if code in self.codes}, {})

    @cached_property
    def drawn_requests(self) -> Choices:
        return drawn(_request, self)

    @cached_property
    def drawn_additions(self) -> Choices:
        return drawn(_addition, self)

    @cached_property
    def requests(self) -> st.SearchStrategy[dict[str, Any]]:
        return self.drawn_requests.strategy

    @cached_property
    def additions(self) -> st.SearchStrategy[tuple[dict[str, Any], dict[str, Any]]]:
        return self.drawn_additions.strategy.filter(lambda pair: pair is not None)

    @cached_property
    def drawn_lines(self) -> Choices:
        values = json_values(self)
        broken = drawn(_broken_request, self, values)
        kinds = one_of(
            [
                broken.map(lambda request: json.dumps(request).encode()),
                values.map(lambda value: json.dumps(value).encode()),
                raw_lines(),
            ]
        )
        return drawn(lambda draw: draw(draw(kinds)))

    @cached_property
    def input_lines(self) -> st.SearchStrategy[bytes]:
        return self.drawn_lines.strategy

    def screened(self, request: dict[str, Any]) -> Response:
        return screen(request, rule_set=self.rule_set)


SPOTS = ("spot_changed", "abcde_positive", "spot_cleared_by_exam")


def _request(draw: Draw, world: World) -> dict[str, Any]:
    """Draw a request that is complete but for a few changes of every sort."""
    changed = complete(world.rule_set)
    changed["answers"].update(draw(some_of(world.answer_edits, at_most=6)))
    if draw(one_of(range(4))) == 0:
        changed["answers"].update(draw(world.spots))
    for name, entries in (("medications", medicines), ("allergies", allergies)):
        if stated := draw(some_of(entries, at_most=3)):
            changed[name] = stated
    changed["procedures"] = draw(some_of(world.procedures, at_most=2))
    if draw(yes_or_no()):
        changed["cocktail"] = draw(some_of(world.ingredients, at_most=4))
        changed["steps"] |= draw(world.steps)
    changed["area"] = draw(some_of(one_of(world.regions), at_least=1, at_most=3))
    changed["sex"] = draw(one_of(["F", "F", "M", "X", "?"]))
    changed["born"] = draw(one_of(["1992-03-14", "1960-01-01", "2010-01-01", "?"]))
    changed["phototype"] = draw(one_of(["II", "III", "V", "?"]))
    changed["weight_kg"] = draw(one_of([42, 60.5, "?"]))
    if draw(yes_or_no()):
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


def worse_answer(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    code = draw(one_of([*world.codes, *(code for code in SPOTS if code in world.codes)]))
    question, answers = world.rule_set.question(code), request["answers"]
    if not clearing_value(question, answers.get(code)):
        return False
    worse = [*contraindicating(question), "unknown", LEFT_OUT]
    value = draw(one_of(worse))
    if value is LEFT_OUT:
        del answers[code]
    else:
        answers[code] = value
    return True


def further_medicine(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    request["medications"].append(draw(medicines))
    return True


def further_allergy(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    request["allergies"].append(draw(allergies))
    return True


def further_illness(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    text = draw(one_of(ILLNESSES))
    vocabulary = world.rule_set.vocabulary
    code = vocabulary.conditions.get(fold(text))
    open_before = code and request["answers"].get(code) not in ("yes", "no")
    # Version 1: an illness answers an open question, which clears it (contract, section 9.12).
    if open_before and vocabulary.reading.illness_closes_question:
        return False
    request.setdefault("conditions", []).append({"text": text})
    return True


def further_procedure(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    request["procedures"].append(draw(world.procedures))
    return True


def further_region(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    request["area"].append(draw(one_of(world.regions)))
    return True


def further_ingredient(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    request["cocktail"].append(draw(world.ingredients))
    return True


def harmless_fact_left_out(draw: Draw, world: World, request: dict[str, Any]) -> bool:
    name = draw(one_of(["sex", "born", "phototype", "gloves", "antiseptic", "kind",
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


def _addition(draw: Draw, world: World) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """A request without and with one more reason for care; None where it does not fit in."""
    before = draw(world.drawn_requests)
    after = copy.deepcopy(before)
    return (before, after) if draw(one_of(ADDITIONS))(draw, world, after) else None


# -- the laws ---------------------------------------------------------------------------------


def raw_lines() -> Choices:
    """Bytes of any sort, but on one line; none at all, too."""
    return Choices(st.binary(max_size=30), lambda lot: lot.randbytes(lot.randint(0, 30))).map(
        lambda raw: raw.replace(b"\n", b"")
    )


def json_values(world: World) -> Choices:
    """Whatever JSON can say, with words among it that mean something here."""
    words = one_of(["yes", "no", "unknown", *DAYS, *MEDICINES, *world.regions])
    names = one_of([*world.codes, "text", "kind", "on", "ingredient"])
    strategy: st.SearchStrategy[Any] = st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=8)
        | words.strategy,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names.strategy, inner),
        max_leaves=6,
    )
    return Choices(strategy, lambda lot: json_by_lot(lot, words=words, names=names))


def _broken_request(draw: Draw, world: World, values: Choices) -> dict[str, Any]:
    """Draw a request in which anything may stand anywhere."""
    changed: dict[str, Any] = draw(world.drawn_requests)
    fields = [*complete(world.rule_set), "conditions", "conditions_none", "conditions_unnamed",
              "age", "last_session_on"]  # fmt: skip
    for field in draw(some_of(one_of(fields))):
        changed[field] = draw(values)
    for code in draw(some_of(one_of(world.codes), at_most=3)):
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


def by_hand(examples: int, version: str | None = None, seed: int | None = None) -> str:
    """So many of each law, drawn by lot. A breach is told with the seed that draws it again."""
    world = World(load_rule_set(version))
    first = Random().getrandbits(48) if seed is None else seed
    for n in range(first, first + examples):
        try:
            _by_lot(world, lot_of(Random(n)))
        except AssertionError as breach:
            breach.add_note(f"drawn by: python -m patients.screening.tests.laws 1 "
                            f"{world.rule_set.version} {n}")  # fmt: skip
            raise
    return f"{examples} draws of version {world.rule_set.version} from seed {first} on: no breach."


def _by_lot(world: World, draw: Draw) -> None:
    while (pair := draw(world.drawn_additions)) is None:
        pass
    check_addition(world, pair)
    check_further_rules(world, draw(world.drawn_requests), draw(world.drawn_rule_ids))
    check_total(world, draw(some_of(world.drawn_lines, at_most=2)))


if __name__ == "__main__":
    said = by_hand(
        int(sys.argv[1]),
        sys.argv[2] if len(sys.argv) > 2 else None,
        int(sys.argv[3]) if len(sys.argv) > 3 else None,
    )
    print(said)  # noqa: T201
