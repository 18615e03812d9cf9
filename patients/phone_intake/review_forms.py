"""The decisions of a review as they come back: one for every line, none chosen beforehand."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from patients.intake.forms import answer_of, asked, came_back
from patients.intake.list_forms import LINE_FORMS, LineForm
from patients.intake.terms import YES, Listed
from patients.phone_intake.review_actions import Reviewed
from patients.phone_intake.reviewing import Row
from patients.phone_intake.rules import content_of
from patients.phone_intake.terms import Decision
from patients.rulebook.queries import rules_in_force

CHOOSE = _("Please decide: accept, change or set aside.")
KEPT_LINES = _("The record keeps lines of this list. Take them out, or set this aside.")


class ReviewForm:
    """Fills the rows with what was chosen and typed. `quiet`: accept all that changes nothing."""

    def __init__(self, rows: Sequence[Row], *, on: date, post: QueryDict | None = None) -> None:
        self.rows = rows
        self.on = on
        for row in rows:
            if post is not None:
                row.chosen = post.get(f"decide_{row.key}", "")
                if not row.chosen and row.is_quiet and "quiet" in post:
                    row.chosen = Decision.ACCEPT
            if Decision.CHANGE in row.options:
                row.change = _change_fields(row, post, on)

    def decisions(self) -> list[Reviewed]:
        """What was decided. Writes into the rows what is missing or cannot be read."""
        decided = [reviewed for row in self.rows if (reviewed := self._decision(row))]
        _check_nothing_is_left(self.rows)
        return decided

    @property
    def errors(self) -> list[Row]:
        return [row for row in self.rows if row.errors]

    def _decision(self, row: Row) -> Reviewed | None:
        if not row.needs_a_decision:
            return Reviewed(row.key, Decision.ASIDE, None, row.listed, None)
        if row.chosen not in row.options:
            row.errors.append(CHOOSE)
            return None
        decision = Decision(row.chosen)
        value = row.value
        if decision == Decision.CHANGE:
            value = _changed(row, self.on)
        return Reviewed(row.key, decision, value, row.listed, row.stands_alone)


def _change_fields(row: Row, post: QueryDict | None, on: date) -> Any:
    rule_set, language = rules_in_force(), get_language() or "en"
    if row.listed is not None:
        return _line(row, post, on)
    assert row.question is not None  # a question that is not asked any more cannot be changed
    medicines = tuple(row.value) if isinstance(row.value, Mapping) else ()
    if post is not None and row.chosen == Decision.CHANGE:
        return came_back(
            row.question, post, rule_set=rule_set, language=language, medicines=medicines
        )
    return asked(row.question, None, rule_set=rule_set, language=language, medicines=medicines)


def _line(row: Row, post: QueryDict | None, on: date) -> LineForm:
    assert row.listed is not None
    bound = post if post is not None and row.chosen == Decision.CHANGE else None
    form = LINE_FORMS[row.listed](
        bound, today=on, rule_set=rules_in_force(), language=get_language() or "en"
    )
    form.prefix = row.key
    form.initial = dict(row.value)
    return form


def _changed(row: Row, on: date) -> Any:
    if isinstance(row.change, LineForm):
        if row.change.is_valid():
            return content_of(row.change.cleaned_data)
        row.errors += [str(error) for errors in row.change.errors.values() for error in errors]
        return None
    value = answer_of(row.change, on=on)
    row.errors += row.change.errors or ([_("Enter the right answer.")] if value is None else [])
    return value


def _check_nothing_is_left(rows: Sequence[Row]) -> None:
    """ "Nothing" can only be accepted for a list of which no line stays in the record."""
    for listed in Listed:
        kept = any(
            row.stands_alone and row.listed == listed and row.chosen == Decision.ASIDE
            for row in rows
        )
        for row in rows:
            is_none = row.key == listed.none_code and row.value == YES
            if is_none and kept and row.chosen == Decision.ACCEPT:
                row.errors.append(KEPT_LINES)
