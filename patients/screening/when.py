"""The language of the field `when`: text in, a condition that can look at facts out.

Pure. `or` binds weaker than `and`, `and` weaker than `not` (section 6 of the screening contract).
Every name is looked up in the words of the rule set, so a rule with a slip of the pen cannot be
loaded, least of all silently.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from patients.screening.conditions import (
    COMPARISONS,
    AgeBetween,
    And,
    AnswerTo,
    Compare,
    Condition,
    ListHas,
    Literal,
    NoOtherIllness,
    Not,
    NumberOf,
    OneOf,
    Or,
    Plus,
    Quantity,
    TimeSince,
)
from patients.screening.medicine_conditions import HowMany, Medicines, Selector, Takes
from patients.screening.plan_conditions import (
    AllergicTo,
    AnaphylaxisTo,
    Anywhere,
    AreaHas,
    CocktailHas,
    HadProcedure,
    InGap,
    IngredientHolds,
    IngredientIs,
    IngredientNumber,
    LidocaineNumber,
    Listed,
    Outside,
    PairAction,
    RegionIn,
    RegionIs,
    SharesAllergy,
    StepContains,
)
from patients.screening.terms import ELSEWHERE, STEPS, Kind, Status
from patients.screening.tokens import Tokens, WhenError

_INGREDIENT_NUMBERS = frozenset({"mg", "soft_mg", "hard_mg"})
_LIDOCAINE_NUMBERS = frozenset({"lidocaine_total_mg", "lidocaine_limit_mg"})
_STATUSES = {
    "regular": frozenset({Status.CURRENT}),
    "irregular": frozenset({Status.AS_NEEDED, Status.STOPPED}),
    "stopped": frozenset({Status.STOPPED}),
}
_TAKEN_NOW = frozenset({Status.CURRENT, Status.AS_NEEDED})
_NESTING = 60


@dataclass(frozen=True)
class Words:
    """The names that a `when` may use."""

    kinds: Mapping[str, Kind]
    choices: Mapping[str, frozenset[str]]
    items: Mapping[str, frozenset[str]]
    terms: Mapping[str, str]
    regions: frozenset[str]
    ingredients: frozenset[str]
    procedures: frozenset[str]
    medicine_names: Mapping[str, frozenset[str]]
    allergen_groups: frozenset[str]
    allergen_categories: frozenset[str]


def parse(text: str, words: Words, *, target: str | None = None) -> Condition:
    """Return the condition that `text` states for cases with this `target`; or raise WhenError."""
    parser = _Parser(text, words, target)
    try:
        return parser.whole()
    except WhenError as error:
        if error.position is None:
            error.position = parser.position_of(str(error))
        raise


class _Parser(Tokens):
    def __init__(self, text: str, words: Words, target: str | None) -> None:
        super().__init__(text)
        self.words = words
        self.target = target
        self.depth = 0

    def per(self, target: str, what: str) -> None:
        if self.target != target:
            raise WhenError(f"{what} needs the target {target}")

    # -- logic

    def whole(self) -> Condition:
        condition = self.either()
        if self.peek():
            raise WhenError(f"did not expect {self.peek()!r}")
        return condition

    def either(self) -> Condition:
        self.depth += 1
        if self.depth > _NESTING:
            raise WhenError("too many brackets")
        parts = [self.both()]
        while self.took("or"):
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def both(self) -> Condition:
        parts = [self.negated()]
        while self.took("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def negated(self) -> Condition:
        denials = 0
        while self.took("not"):
            denials += 1
        condition = self.bracketed() if self.peek() == "(" else self.statement()
        return Not(condition) if denials % 2 else condition

    def bracketed(self) -> Condition:
        self.expect("(")
        condition = self.either()
        self.expect(")")
        return condition

    # -- statements

    def statement(self) -> Condition:
        word = self.peek()
        reader = getattr(self, f"_read_{word.replace('.', '_')}", None)
        if reader is not None:
            statement: Condition = reader()
            return statement
        return self.comparison()

    def _read_med(self) -> Condition:
        self.take()
        return Takes(self.medicines())

    def _read_allergy(self) -> Condition:
        self.take()
        self.expect("(")
        group = self.known(self.name(), self.words.allergen_groups, "allergen group")
        self.expect(")")
        return AllergicTo(group)

    def _read_anaphylaxis(self) -> Condition:
        self.take()
        self.expect("(")
        categories = self.alternatives(self.words.allergen_categories, "allergen category")
        self.expect(")")
        return AnaphylaxisTo(categories)

    def _read_cocktail(self) -> Condition:
        self.take()
        self.expect("(")
        ingredient = self.known(self.name(), self.words.ingredients, "ingredient")
        self.expect(")")
        return CocktailHas(ingredient)

    def _read_no_other_illness(self) -> Condition:
        self.take()
        return NoOtherIllness()

    def _read_area(self) -> Condition:
        self.take()
        self.expect("has")
        return AreaHas(self.known(self.name(), self.words.regions, "region"))

    def _read_region(self) -> Condition:
        self.per("$region", "'region'")
        self.take()
        self.expect("in")
        if self.peek() == "(":
            return RegionIs(self.one_of_list(self.words.regions, "region"))
        return RegionIn(self.listed())

    def _read_anywhere(self) -> Condition:
        self.take()
        self.expect("in")
        return Anywhere(self.listed())

    def _read_outside(self) -> Condition:
        self.take()
        self.expect("in")
        return Outside(self.listed())

    def listed(self) -> Listed:
        """Read `code`, or `code except code`."""
        code = self.region_list()
        return Listed(code, self.region_list() if self.took("except") else None)

    def region_list(self) -> str:
        code = self.name()
        if ELSEWHERE not in self.words.items.get(code, frozenset()):
            raise WhenError(f"{code!r} is not a question with a list of regions")
        return code

    def _read_procedure(self) -> Condition:
        self.per("$region", "'procedure(...)'")
        self.take()
        self.expect("(")
        kind = self.known(self.name(), self.words.procedures, "procedure")
        self.expect(")")
        sign, days = self.take(), self.whole_number()
        if sign == ">=" and days == 0:
            return HadProcedure(kind, below=None)
        if sign != "<":
            raise WhenError("a procedure is compared by '< days' or by '>= 0'")
        return HadProcedure(kind, below=days)

    def _read_procedure_in_gap(self) -> Condition:
        self.per("$region", "'procedure_in_gap'")
        self.take()
        return InGap()

    def _read_ingredient(self) -> Condition:
        self.per("$ingredient", "'ingredient'")
        self.take()
        if self.took("in"):
            return IngredientIs(self.one_of_list(self.words.ingredients, "ingredient"))
        return self.shares_allergy()

    def _read_ingredient_allergens(self) -> Condition:
        return self.ingredient_holds(excipients_only=False)

    def _read_ingredient_excipients(self) -> Condition:
        return self.ingredient_holds(excipients_only=True)

    def ingredient_holds(self, *, excipients_only: bool) -> Condition:
        self.per("$ingredient", "'ingredient'")
        self.take()
        self.expect("has")
        return IngredientHolds(
            excipients_only, self.known(self.name(), self.words.allergen_groups, "allergen group")
        )

    def _read_step(self) -> Condition:
        self.take()
        if self.peek() == "shares":
            self.per("$step", "'step'")
            return self.shares_allergy()
        self.expect("(")
        step = self.known(self.name(), frozenset(STEPS), "step")
        self.expect("contains")
        found = {self.name()}
        while self.took("|"):
            found.add(self.name())
        self.expect(")")
        return StepContains(step, frozenset(found))

    def shares_allergy(self) -> Condition:
        self.expect("shares")
        self.expect("allergy")
        if self.took("except"):
            return SharesAllergy(self.one_of_list(self.words.allergen_groups, "allergen group"))
        return SharesAllergy()

    # -- medicines

    def medicines(self) -> Medicines:
        self.expect("(")
        selectors = [self.selector()]
        while self.took(","):
            selectors.append(self.selector())
        statuses: frozenset[Status] | None = None
        last_below = taken_for = None
        if self.took(";"):
            while self.peek() != ")":
                word = self.take()
                if word in _STATUSES and statuses is None:
                    statuses = _STATUSES[word]
                elif word == "last" and last_below is None:
                    self.expect("<")
                    last_below = self.whole_number()
                elif word == "since" and taken_for is None:
                    self.expect(">=")
                    taken_for = self.whole_number()
                else:
                    raise WhenError(f"{word!r} is not a time of a medicine")
        self.expect(")")
        if statuses is None:
            statuses = frozenset(Status) if last_below is not None else _TAKEN_NOW
        return Medicines(tuple(selectors), statuses, last_below, taken_for)

    def selector(self) -> Selector:
        wanted = not self.took("not")
        field = self.name()
        if field not in self.words.medicine_names:
            raise WhenError(f"{field!r} does not select medicines")
        names = self.alternatives(self.words.medicine_names[field], f"{field} of a medicine")
        return Selector(field, names, wanted)

    # -- comparisons

    def comparison(self) -> Condition:
        if self.peek() == "age" and self.peek(1) == "in":
            self.at += 2
            lowest = self.whole_number()
            self.expect("..")
            return AgeBetween(lowest, self.whole_number())
        left = self.quantity()
        if self.peek() in COMPARISONS:
            sign = self.take()
            right = self.right_side(left, sign)
            return Compare(left, sign, right)
        if isinstance(left, AnswerTo):
            choices = self.words.choices.get(left.code, frozenset())
            if self.took("in"):
                return OneOf(left, self.one_of_list(choices, f"choice of {left.code}"))
            if self.took("has"):
                items = self.words.items.get(left.code, frozenset())
                return ListHas(left.code, self.known(self.name(), items, "item of this list"))
        raise WhenError(f"expected a comparison, found {self.peek() or 'the end'!r}")

    def right_side(self, left: Quantity, sign: str) -> Quantity:
        choices = frozenset[str]()
        if isinstance(left, AnswerTo):
            choices = self.words.choices.get(left.code, frozenset())
        elif isinstance(left, PairAction):
            choices = frozenset({"block", "warn"})
        if not choices:
            if not is_number(left, self.words):
                raise WhenError("only numbers and choices can be compared")
            right = self.quantity()
            if not is_number(right, self.words):
                raise WhenError("a number is compared with a number")
            return right
        if sign not in ("=", "!="):
            raise WhenError(f"{sign!r} compares numbers only")
        return Literal(self.known(self.name(), choices, "choice of this question"))

    def quantity(self) -> Quantity:
        parts = [self.single_quantity()]
        while self.took("+"):
            parts.append(self.single_quantity())
        return parts[0] if len(parts) == 1 else Plus(tuple(parts))

    def single_quantity(self) -> Quantity:
        token = self.peek()
        if token[:1].isdigit():
            return Literal(Decimal(self.take()) if "." in token else int(self.take()))
        name = self.name()
        if name in self.words.terms:
            # A term stands for the expression written there; it cannot stand for itself.
            others = {term: text for term, text in self.words.terms.items() if term != name}
            words = replace(self.words, terms=others)
            term = _Parser(self.words.terms[name], words, self.target)
            quantity = term.quantity()
            if term.peek():
                raise WhenError(f"the term {name!r} is not a quantity")
            return quantity
        if name == "count":
            return HowMany(self.medicines())
        if name == "number_of":
            return self.number_of()
        if name in ("days", "years"):
            return self.time_since(in_years=name == "years")
        if name in _LIDOCAINE_NUMBERS:
            return LidocaineNumber(name)
        if name == "pair.action":
            self.per("$pair", "'pair'")
            return PairAction()
        thing, _, number = name.partition(".")
        if thing == "ingredient" and number in _INGREDIENT_NUMBERS:
            self.per("$ingredient", "'ingredient'")
            return IngredientNumber(number)
        if name not in self.words.kinds:
            raise WhenError(f"{name!r} is not a known question")
        return AnswerTo(name, measured=self.words.kinds[name] is Kind.NUMBER)

    def number_of(self) -> Quantity:
        self.expect("(")
        parts = [self.either()]
        while self.took(","):
            parts.append(self.either())
        self.expect(")")
        return NumberOf(tuple(parts))

    def time_since(self, *, in_years: bool) -> Quantity:
        self.expect("(")
        code = self.name()
        if self.words.kinds.get(code) is not Kind.DATE:
            raise WhenError(f"{code!r} is not a question about a date")
        self.expect(")")
        return TimeSince(code, in_years)


def is_number(quantity: Quantity, words: Words) -> bool:
    if isinstance(quantity, AnswerTo):
        return quantity.measured
    if isinstance(quantity, Literal):
        return not isinstance(quantity.literal, str)
    return not isinstance(quantity, PairAction)
