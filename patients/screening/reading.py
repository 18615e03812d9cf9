"""From a raw request to facts: what can be read, what is unanswered, what nobody recognises.

Pure; sections 1, 2 and 9 of the screening contract. Whatever is wrong inside a request shows up
as unanswered or unrecognised. Nothing is ever read as a no because it is missing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clinic.folding import fold
from patients.screening.facts import (
    Answer,
    Facts,
    PastProcedure,
    StatedAllergy,
    TakenProduct,
)
from patients.screening.ingredients import IngredientFacts
from patients.screening.plan_reading import read_plan
from patients.screening.readable import (
    completed_years,
    read_date,
    read_number,
    read_whole_number,
)
from patients.screening.rule_set import Question, RuleSet, medicines_behind
from patients.screening.terms import (
    ANAPHYLAXIS,
    ELSEWHERE,
    NO,
    SULFITE,
    YES,
    Kind,
    Status,
)

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2199, 12, 31)
OLDEST = 120


class UnreadableRequest(ValueError):
    """A request without a readable day: nothing can be counted from it."""


@dataclass(frozen=True, slots=True)
class Unrecognised:
    field: str
    text: str


@dataclass
class Gaps:
    """What is missing from a request, in the order it was found, each once."""

    unanswered: dict[str, None] = field(default_factory=dict)
    unrecognised: dict[Unrecognised, None] = field(default_factory=dict)

    def ask(self, code: str) -> None:
        self.unanswered[code] = None

    def not_known(self, where: str, text: object) -> None:
        shown = text if isinstance(text, str) else as_json_text(text)
        self.unrecognised[Unrecognised(where, shown)] = None


@dataclass(frozen=True)
class Reading:
    facts: Facts
    unanswered: tuple[str, ...]
    unrecognised: tuple[Unrecognised, ...]


def as_json_text(value: object) -> str:
    """Return a value as compact JSON. Exact decimals keep their digits."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        inside = (f"{as_json_text(str(k))}:{as_json_text(v)}" for k, v in value.items())
        return "{" + ",".join(inside) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(as_json_text(part) for part in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def read_day(request: Mapping[str, object]) -> date:
    on = read_date(request.get("on"))
    if on is None or not FIRST_DAY <= on <= LAST_DAY:
        raise UnreadableRequest("no readable day")
    return on


def read_request(
    request: Mapping[str, object], rule_set: RuleSet, ingredients: IngredientFacts | None = None
) -> Reading:
    """Read a request. Raises UnreadableRequest when its day cannot be read, and nothing else."""
    return _Reader(request, rule_set, ingredients or rule_set.ingredients).read()


class _Reader:
    def __init__(
        self, request: Mapping[str, object], rule_set: RuleSet, ingredients: IngredientFacts
    ) -> None:
        self.request = request
        self.rule_set = rule_set
        self.ingredients = ingredients
        self.on = read_day(request)
        self.gaps = Gaps()
        self.answers: dict[str, Answer] = {}
        # Codes whose value is there but says nothing that can be read.
        self.unreadable: set[str] = set()
        # Codes that only an illness in the patient's own words speaks for.
        self.only_implied: set[str] = set()
        self.by_medicine: dict[str, Mapping[str, object]] = {}
        self.no_other_illness = False

    def read(self) -> Reading:
        regions = self.read_area()
        self.read_answers(regions)
        self.read_conditions()
        self.read_person()
        self.read_last_session()
        products = self.read_medications()
        self.read_answers_by_medicine(products)
        allergies = self.read_allergies()
        groups = self.allergy_groups(allergies)
        procedures = self.read_procedures()
        doubtful = groups | self.sulfite_doubt()
        plan = read_plan(self.request, self.rule_set, self.ingredients, self.gaps, doubtful)
        facts = plan.complete(
            Facts(
                on=self.on,
                answers=self.answers,
                products=products,
                allergies=allergies,
                allergy_groups=groups,
                procedures=procedures,
                regions=regions,
                no_other_illness=self.no_other_illness,
                around=self.rule_set.vocabulary.around,
            )
        )
        self.list_open_questions(facts)
        return Reading(facts, tuple(self.gaps.unanswered), tuple(self.gaps.unrecognised))

    # -- answers

    def read_answers(self, regions: tuple[str, ...]) -> None:
        given = self.request.get("answers")
        if not isinstance(given, Mapping):
            return
        for code, raw in given.items():
            question = self.rule_set.questions.get(code) if isinstance(code, str) else None
            if question is None or question.field is not None:
                self.gaps.not_known("answers", code)
                continue
            if question.per_medicine and isinstance(raw, Mapping):
                self.by_medicine[code] = raw
                continue
            answer = self.read_answer(question, raw, regions)
            if answer is None:
                self.unreadable.add(code)
            else:
                self.answers[code] = answer

    def read_answer(
        self, question: Question, raw: object, regions: tuple[str, ...]
    ) -> Answer | None:
        match question.kind:
            case Kind.YES_NO:
                return raw if isinstance(raw, str) and raw in (YES, NO) else None
            case Kind.CHOICE:
                return raw if isinstance(raw, str) and raw in question.choices else None
            case Kind.NUMBER:
                return read_within(question, raw)
            case Kind.DATE:
                if raw == NO and question.no_allowed:
                    return NO
                return read_date(raw, latest=self.on)
            case Kind.LIST:
                return self.read_list(question, raw, regions)

    def read_list(
        self, question: Question, raw: object, regions: tuple[str, ...]
    ) -> frozenset[str] | None:
        if raw == NO:
            return frozenset()
        if raw == YES and question.about_regions and not question.names_needed:
            return frozenset(regions)
        if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
            return None
        known: frozenset[str] = frozenset(question.choices)
        if question.about_regions:
            known = frozenset(self.rule_set.vocabulary.regions) | {ELSEWHERE}
        return frozenset(raw) if known.issuperset(raw) else None

    def read_answers_by_medicine(self, products: tuple[TakenProduct, ...]) -> None:
        """Sum up what was said of each medicine: one yes is a yes; a no needs all of them."""
        for code, raw in self.by_medicine.items():
            named = {fold(text) for text in raw}
            about = {
                fold(text)
                for text in medicines_behind(self.rule_set.questions[code], products, self.on)
            }
            if YES in raw.values():
                self.answers[code] = YES
            elif named and about <= named and all(answer == NO for answer in raw.values()):
                self.answers[code] = NO
            else:
                self.unreadable.add(code)

    def read_conditions(self) -> None:
        if self.request.get("conditions_unnamed", False) is not False:
            self.gaps.ask("conditions")
        if "conditions" not in self.request:
            none = self.request.get("conditions_none") is True
            self.no_other_illness = none
            if self.rule_set.questions["conditions"].mandatory and not none:
                self.gaps.ask("conditions")
            return
        stated = self.request["conditions"]
        if not isinstance(stated, list):
            self.gaps.ask("conditions")
            return
        self.no_other_illness = not stated
        for entry in stated:
            text = entry.get("text") if isinstance(entry, Mapping) else None
            if not isinstance(text, str):
                self.gaps.not_known("conditions", entry)
                continue
            folded = fold(text)
            if folded not in self.rule_set.vocabulary.conditions:
                self.gaps.not_known("conditions", text)
                continue
            code = self.rule_set.vocabulary.conditions[folded]
            if code is None:
                continue
            closes = self.rule_set.vocabulary.reading.illness_closes_question
            if code not in self.answers and not closes:
                self.only_implied.add(code)
            self.answers[code] = YES

    def read_person(self) -> None:
        questions = self.rule_set.questions
        age = self.read_age()
        if age is not None:
            self.answers["age"] = age
        for code in ("sex", "phototype"):
            raw = self.request.get(code)
            if isinstance(raw, str) and raw in questions[code].choices:
                self.answers[code] = raw
        weight = read_within(questions["weight_kg"], self.request.get("weight_kg"))
        if weight is not None:
            self.answers["weight_kg"] = weight

    def read_age(self) -> int | None:
        if self.request.get("born") is not None:
            born = read_date(self.request["born"], latest=self.on)
            age = completed_years(born, self.on) if born else None
        else:
            age = read_whole_number(self.request.get("age"))
        return age if age is not None and 0 <= age <= OLDEST else None

    def read_last_session(self) -> None:
        raw = self.request.get("last_session_on")
        if raw is None:
            return
        day = read_date(raw, latest=self.on)
        if day is None:
            self.gaps.ask("last_session_on")
        else:
            self.answers["last_session_on"] = day

    # -- lists

    def read_area(self) -> tuple[str, ...]:
        stated = self.request.get("area")
        known: dict[str, None] = {}
        for region in stated if isinstance(stated, list) else ():
            if isinstance(region, str) and region in self.rule_set.vocabulary.regions:
                known[region] = None
            else:
                self.gaps.not_known("area", region)
        return tuple(known)

    def listed(self, name: str) -> list[object]:
        """Return a list that may be empty only where the patient said: none."""
        stated = self.request.get(name)
        absent = name not in self.request
        none = self.request.get(f"{name}_none") is True
        if isinstance(stated, list) and (stated or none):
            return stated
        if not (absent and none):
            self.gaps.ask(name)
        return []

    def read_medications(self) -> tuple[TakenProduct, ...]:
        products = []
        for n, entry in enumerate(self.listed("medications")):
            text = entry.get("text") if isinstance(entry, Mapping) else None
            if not isinstance(entry, Mapping) or not isinstance(text, str):
                self.gaps.not_known("medications", entry)
                continue
            named = self.rule_set.medicines.recognise(text)
            if not named.complete:
                self.gaps.not_known("medications", text)
            status = read_status(entry.get("status"))
            last_taken = read_date(entry.get("last_taken"), latest=self.on)
            taken = [
                TakenProduct(
                    entry=n,
                    text=text,
                    rows=rows,
                    status=status,
                    last_dose=self.on if status is Status.CURRENT else last_taken,
                    since=read_date(entry.get("since"), latest=self.on),
                )
                for rows in named.products
            ]
            if any(product.last_dose is None and self.dose_matters(product) for product in taken):
                self.gaps.ask(f"medications.{n}.last_taken")
            products.extend(taken)
        return tuple(products)

    def dose_matters(self, product: TakenProduct) -> bool:
        return any(medicines.selects(product) for medicines in self.rule_set.last_dose_conditions)

    def read_allergies(self) -> tuple[StatedAllergy, ...]:
        allergies = []
        for entry in self.listed("allergies"):
            text = entry.get("text") if isinstance(entry, Mapping) else None
            severity = entry.get("severity") if isinstance(entry, Mapping) else None
            shown = text if isinstance(text, str) else entry
            if isinstance(entry, Mapping) and "severity" in entry:
                known = self.rule_set.vocabulary.severities
                if not isinstance(severity, str) or severity not in known:
                    self.gaps.not_known("allergies", shown)
            named = self.rule_set.allergies.recognise(text if isinstance(text, str) else "")
            if not named.complete:
                self.gaps.not_known("allergies", shown)
            allergies.append(
                StatedAllergy(
                    text=text if isinstance(text, str) else as_json_text(entry),
                    groups=named.groups,
                    categories=named.categories,
                    anaphylaxis=severity == ANAPHYLAXIS,
                )
            )
        return tuple(allergies)

    def allergy_groups(self, allergies: tuple[StatedAllergy, ...]) -> frozenset[str]:
        groups = {group for stated in allergies for group in stated.groups}
        reactions = self.answers.get("antiseptic_reaction")
        if isinstance(reactions, frozenset):
            known = self.rule_set.vocabulary.reaction_groups
            groups.update(group for reaction in reactions for group in known[reaction])
        return frozenset(groups)

    def sulfite_doubt(self) -> frozenset[str]:
        """Sulfite is asked for on the leaflet of whoever wheezes, allergy or not."""
        doubt = YES in (self.answers.get("sulfite_reaction"), self.answers.get("asthma"))
        return frozenset({SULFITE}) if doubt else frozenset()

    def read_procedures(self) -> tuple[PastProcedure, ...]:
        stated = self.request.get("procedures")
        if not isinstance(stated, list):
            self.gaps.ask("procedures")
            return ()
        return tuple(self.read_procedure(n, entry) for n, entry in enumerate(stated))

    def read_procedure(self, n: int, entry: object) -> PastProcedure:
        raw = entry if isinstance(entry, Mapping) else {}
        kind = raw.get("kind")
        known = self.rule_set.vocabulary.procedures
        found = known.get(kind) if isinstance(kind, str) else None
        if found is None:
            self.gaps.not_known("procedures", kind if isinstance(kind, str) else entry)
        day = read_date(raw.get("on"), latest=self.on)
        if day is None:
            self.gaps.ask(f"procedures.{n}.on")
        return PastProcedure(
            kind=found.kind if found else "",
            on=day,
            regions=self.read_procedure_area(raw.get("area")),
            gap_days=found.gap_days if found else None,
        )

    def read_procedure_area(self, stated: object) -> frozenset[str] | None:
        if stated == ELSEWHERE:
            return frozenset()
        if not isinstance(stated, list) or not stated:
            return None
        known = self.rule_set.vocabulary.regions
        strange = [r for r in stated if not isinstance(r, str) or r not in known]
        strange = [region for region in strange if region != ELSEWHERE]
        for region in strange:
            self.gaps.not_known("procedures", region)
        around = self.rule_set.vocabulary.around
        return None if strange else frozenset(n for r in stated for n in around.get(r, {r}))

    # -- what is still open

    def list_open_questions(self, facts: Facts) -> None:
        for question in self.rule_set.questions.values():
            if self.is_open(question, facts):
                self.gaps.ask(question.code)

    def is_open(self, question: Question, facts: Facts) -> bool:
        code = question.code
        if question.field is not None:
            return self.field_is_open(code, question, facts)
        answered = code in self.answers and code not in self.only_implied
        if answered or not (question.mandatory or code in self.unreadable):
            return False
        return question.applies is None or question.applies.holds(facts, None)

    def field_is_open(self, code: str, question: Question, facts: Facts) -> bool:
        if code == "area":
            return not facts.regions
        if code in ("age", "sex", "phototype", "weight_kg"):
            applies = question.applies is None or question.applies.holds(facts, None)
            return applies and code not in self.answers
        # The lists, the steps and the cocktail said so when they were read.
        return False


def read_within(question: Question, raw: object) -> Decimal | int | None:
    number = read_number(raw)
    if number is None:
        return None
    if question.minimum is not None and number < question.minimum:
        return None
    return None if question.maximum is not None and number > question.maximum else number


def read_status(raw: object) -> Status:
    """Return the status; what is missing or unreadable is taken now."""
    try:
        return Status(raw)  # type: ignore[arg-type]
    except ValueError:
        return Status.CURRENT
