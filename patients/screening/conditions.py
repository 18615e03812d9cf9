"""What the conditions of the rules mean: each node of a parsed `when` looks at facts and answers.

Pure. `holds` decides; `witnesses` says, for a node that holds, what made it hold: the words of a
finding and the medicines and procedures from which its date counts. Silence never holds, except
where the contract says so: `!=` holds for what is missing, and so does an age range (section 6).
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from patients.screening.facts import Answer, Facts, PastProcedure, TakenProduct, Target
from patients.screening.readable import completed_years


@dataclass(frozen=True, slots=True)
class Witness:
    key: str
    value: str
    product: TakenProduct | None = None
    procedure: PastProcedure | None = None


class Condition(Protocol):
    def holds(self, facts: Facts, target: Target) -> bool: ...
    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]: ...


class Quantity(Protocol):
    def amount(self, facts: Facts, target: Target) -> Answer | None: ...
    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]: ...


# -- logic ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, target: Target) -> bool:
        # Plain loops: most of the time of a screening is spent in these two.
        for part in self.parts:  # noqa: SIM110
            if part.holds(facts, target):
                return True
        return False

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for part in self.parts:
            if part.holds(facts, target):
                yield from part.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Condition, ...]

    def holds(self, facts: Facts, target: Target) -> bool:
        for part in self.parts:  # noqa: SIM110
            if not part.holds(facts, target):
                return False
        return True

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for part in self.parts:
            yield from part.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class Not:
    part: Condition

    def holds(self, facts: Facts, target: Target) -> bool:
        return not self.part.holds(facts, target)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


COMPARISONS: Mapping[str, Callable[..., bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Compare:
    left: Quantity
    sign: str
    right: Quantity

    def holds(self, facts: Facts, target: Target) -> bool:
        left = self.left.amount(facts, target)
        right = self.right.amount(facts, target)
        if left is None or right is None:
            return self.sign == "!="
        return COMPARISONS[self.sign](left, right)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        if self.sign != "!=":
            yield from self.left.witnesses(facts, target)
            yield from self.right.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class OneOf:
    left: Quantity
    choices: frozenset[str]

    def holds(self, facts: Facts, target: Target) -> bool:
        return self.left.amount(facts, target) in self.choices

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return self.left.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class AgeBetween:
    lowest: int
    highest: int

    def holds(self, facts: Facts, target: Target) -> bool:
        age = facts.answers.get("age")
        return not isinstance(age, int) or self.lowest <= age <= self.highest

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class ListHas:
    code: str
    item: str

    def holds(self, facts: Facts, target: Target) -> bool:
        answer = facts.answers.get(self.code)
        return isinstance(answer, frozenset) and self.item in answer

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", self.code)


@dataclass(frozen=True, slots=True)
class NoOtherIllness:
    """The patient named no other illness when asked for one."""

    def holds(self, facts: Facts, target: Target) -> bool:
        return facts.no_other_illness

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


# -- quantities -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    literal: Answer

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return self.literal

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield from ()


@dataclass(frozen=True, slots=True)
class AnswerTo:
    code: str
    measured: bool

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return facts.answers.get(self.code)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("measured" if self.measured else "answer", self.code)


@dataclass(frozen=True, slots=True)
class TimeSince:
    code: str
    in_years: bool

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        day = facts.answers.get(self.code)
        if not isinstance(day, date):
            return None
        return completed_years(day, facts.on) if self.in_years else (facts.on - day).days

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        yield Witness("answer", self.code)


@dataclass(frozen=True, slots=True)
class Plus:
    parts: tuple[Quantity, ...]

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        total = 0
        for part in self.parts:
            amount = part.amount(facts, target)
            if not isinstance(amount, int):
                return None
            total += amount
        return total

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        for part in self.parts:
            yield from part.witnesses(facts, target)


@dataclass(frozen=True, slots=True)
class NumberOf:
    parts: tuple[Condition, ...]

    def amount(self, facts: Facts, target: Target) -> Answer | None:
        return sum(part.holds(facts, target) for part in self.parts)

    def witnesses(self, facts: Facts, target: Target) -> Iterator[Witness]:
        return Or(self.parts).witnesses(facts, target)
