"""The short form of the day: its lines, the questions that a yes opens, and what was answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language

from patients.intake.forms import AskedQuestion, answer_of, came_back
from patients.rulebook.queries import rules_in_force
from patients.screening.rule_set import Question
from treatments.sessions.rescreening import Sheet


@dataclass
class LineAsked:
    """One line of the short form, with what was ticked."""

    id: str
    text: str
    value: str

    @property
    def name(self) -> str:
        return f"line_{self.id}"


class RescreenForm:
    """The short form of the day. Nothing is filled in beforehand."""

    def __init__(self, sheet: Sheet, post: QueryDict | None = None) -> None:
        self.rule_set = rules_in_force()
        self.language = get_language() or "en"
        self.post = post if post is not None else QueryDict()
        self.lines = [
            LineAsked(line.id, line.text.to(self.language), self.post.get(f"line_{line.id}", ""))
            for line in sheet.lines
        ]
        self.separate = [self._asked(question) for question in sheet.separate]
        self.details: list[AskedQuestion] = []

    def _asked(self, question: Question, medicines: Sequence[str] = ()) -> AskedQuestion:
        return came_back(
            question,
            self.post,
            rule_set=self.rule_set,
            language=self.language,
            medicines=medicines,
        )

    @property
    def ticks(self) -> dict[str, str]:
        ticks = {line.id: line.value for line in self.lines if line.value}
        if "rest_no" in self.post:
            ticks = {line.id: line.value or "no" for line in self.lines}
            for line in self.lines:
                line.value = ticks[line.id]
        return ticks

    def ask_in_full(
        self, questions: Sequence[Question], medicines: Mapping[str, Sequence[str]]
    ) -> bool:
        """Put the opened questions on the page; whether some of them were not asked yet."""
        self.details = [self._asked(each, medicines.get(each.code, ())) for each in questions]
        shown = set(self.post.getlist("shown"))
        return not {name for each in self.details for name in each.field_names} <= shown

    @property
    def asks_about_medicines_only(self) -> bool:
        return all(each.medicines for each in self.details)

    def answers(self, on: date) -> dict[str, Any]:
        """Code -> answer of the fields that were answered; what is wrong stands in their errors."""
        given = {each.name: answer_of(each, on=on) for each in (*self.details, *self.separate)}
        return {code: value for code, value in given.items() if value is not None}

    @property
    def has_errors(self) -> bool:
        return any(each.errors for each in (*self.details, *self.separate))
