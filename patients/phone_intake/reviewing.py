"""What a patient sent beside what stands in the record, line by line, for the person who reviews it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.folding import fold
from patients.intake.queries import last_change_at, latest_answers, standing_answers
from patients.intake.recognition import Recognition, recognition_of
from patients.intake.rules import NONE_CODES, is_recordable
from patients.intake.terms import YES, Listed
from patients.intake.words import answer_words
from patients.phone_intake.drafts import Said
from patients.phone_intake.models import PhoneSubmission
from patients.phone_intake.queries import recorded_lines, said_in
from patients.phone_intake.rules import QUIET, compare, is_weaker
from patients.phone_intake.summaries import entry_words, list_words
from patients.phone_intake.terms import Comparison, Decision
from patients.records.models import Patient
from patients.rulebook.queries import rules_in_force
from patients.screening.rule_set import Question, RuleSet

Words = str | Promise


@dataclass
class Row:
    """One thing to decide about. `key` names it in the form and in the stored review."""

    key: str
    text: str
    said: str
    standing: str
    comparison: Comparison
    options: tuple[Decision, ...] = (Decision.ACCEPT, Decision.CHANGE, Decision.ASIDE)
    question: Question | None = None
    value: Any = None
    listed: Listed | None = None
    # The line of the record that the patient did not name; accepting takes it out.
    stands_alone: UUID | None = None
    recognition: Recognition | None = None
    # When the record was told something else after the patient sent this.
    record_newer: datetime | None = None
    chosen: str = ""
    errors: list[Words] = field(default_factory=list)
    # What is shown under "change": an asked question, or the fields of a line.
    change: Any = None

    @property
    def needs_a_decision(self) -> bool:
        return bool(self.options)

    @property
    def is_quiet(self) -> bool:
        return self.comparison in QUIET

    @property
    def is_marked(self) -> bool:
        return self.comparison == Comparison.DIFFERS

    @property
    def option_words(self) -> list[tuple[Decision, Words]]:
        words: Mapping[Decision, Words] = {one: one.label for one in Decision}
        if self.stands_alone:
            words = {Decision.ACCEPT: _("Take out"), Decision.ASIDE: _("Keep")}
        return [(one, words[one]) for one in self.options]


@dataclass(frozen=True)
class Subject:
    """Lines under one heading."""

    title: Words
    rows: tuple[Row, ...]

    @property
    def differences(self) -> int:
        return sum(row.is_marked for row in self.rows)


_ORDER = (Comparison.DIFFERS, Comparison.NEW, Comparison.NOT_ASKED_ANY_MORE)


def record_seal(patient: Patient) -> str:
    """What the record was when the page was shown. Anything said since then makes it stale."""
    changed_at = last_change_at(patient)
    return changed_at.isoformat() if changed_at else "-"


def subjects(submission: PhoneSubmission, on: date) -> list[Subject]:
    """What needs eyes first, whatever its subject; then what changes nothing, subject by subject."""
    rule_set, patient = rules_in_force(), submission.intake.patient
    said = said_in(submission)
    standing = standing_answers(patient, on)
    told_since = _told_since(submission, on)
    rows: dict[str, list[Row]] = {}
    for answer in submission.content["answers"]:
        if answer["code"] not in NONE_CODES:
            row = _answer_row(answer, standing, submission.submitted_on, rule_set)
            if row.is_marked and row.key in told_since:
                _beside_newer(row, standing[row.key], told_since[row.key])
            rows.setdefault(row.question.section if row.question else "", []).append(row)
    for listed in Listed:
        section = rule_set.question(listed.value).section
        rows.setdefault(section, []).extend(_list_rows(listed, said, patient, standing))
    everything = [row for section in rule_set.sections for row in rows.get(section.key, ())]
    everything += rows.get("", [])
    loud = sorted(
        (row for row in everything if not row.is_quiet),
        key=lambda row: _ORDER.index(row.comparison),
    )
    quiet = [
        Subject(
            section.title.to(_language()),
            tuple(row for row in rows.get(section.key, ()) if row.is_quiet),
        )
        for section in rule_set.sections
    ]
    first = Subject(_("Please look at these first"), tuple(loud))
    return [subject for subject in (first, *quiet) if subject.rows]


def rows_of(shown: Iterable[Subject]) -> list[Row]:
    return [row for subject in shown for row in subject.rows]


def _answer_row(
    answer: Mapping[str, Any], standing: Mapping[str, Any], on: date, rule_set: RuleSet
) -> Row:
    code, value = answer["code"], answer["value"]
    question = rule_set.questions.get(code)
    readable = is_recordable(code, value, on=on, rule_set=rule_set)
    comparison = compare(value, standing.get(code), question=question, is_recordable=readable)
    stands = standing.get(code)
    options = (Decision.ACCEPT, Decision.CHANGE, Decision.ASIDE)
    return Row(
        key=code,
        text=question.text.to(_language()) if question else answer["text"],
        said=answer_words(question, value, rule_set=rule_set) if question else str(value),
        standing=(
            answer_words(question, stands, rule_set=rule_set)
            if question and stands is not None
            else ""
        ),
        comparison=comparison,
        options=() if comparison == Comparison.NOT_ASKED_ANY_MORE else options,
        question=question,
        value=value,
    )


def _told_since(submission: PhoneSubmission, on: date) -> dict[str, datetime]:
    """Question code -> when the record was told its answer, of what came after the patient sent."""
    return {
        answer.code: answer.answered_at
        for answer in latest_answers(submission.intake.patient, on)
        if answer.answered_at > submission.submitted_at
    }


def _beside_newer(row: Row, stands: Any, told_at: datetime) -> None:
    """An older no, or "don't know", is not accepted over a newer yes: it is typed anew or left."""
    row.record_newer = told_at
    if row.question and is_weaker(row.value, stands, question=row.question):
        row.options = (Decision.CHANGE, Decision.ASIDE)


def _list_rows(
    listed: Listed, said: Said, patient: Patient, standing: Mapping[str, Any]
) -> list[Row]:
    recorded = recorded_lines(patient, listed)
    entries = said.of(listed)
    rows = []
    for position, entry in enumerate(entries):
        same = next((one for one in recorded if same_line(listed, entry, one.content)), None)
        alike = next((one for one in recorded if _names_the_same(listed, entry, one.content)), None)
        rows.append(
            Row(
                key=f"{listed.value}_{position}",
                text=str(listed.label),
                said=entry_words(listed, entry, own_words=False),
                standing=entry_words(listed, alike.content, own_words=False) if alike else "",
                comparison=_line_comparison(same is not None, alike is not None),
                value=entry,
                listed=listed,
                recognition=_recognition(listed, entry),
            )
        )
    for one in recorded:
        if any(same_line(listed, entry, one.content) for entry in entries):
            continue
        rows.append(
            Row(
                key=f"{listed.value}_r_{one.id.hex}",
                text=str(listed.label),
                said=str(
                    _("Named otherwise")
                    if any(_names_the_same(listed, entry, one.content) for entry in entries)
                    else _("Not named by the patient")
                ),
                standing=entry_words(listed, one.content, own_words=False),
                comparison=Comparison.DIFFERS,
                options=(Decision.ACCEPT, Decision.ASIDE),
                listed=listed,
                stands_alone=one.id,
            )
        )
    if not entries:
        rows.append(_none_row(listed, said, standing, has_lines=bool(recorded)))
    return rows


def _none_row(listed: Listed, said: Said, standing: Mapping[str, Any], *, has_lines: bool) -> Row:
    value, stands = said.answers.get(listed.none_code), standing.get(listed.none_code)
    if has_lines:
        comparison = Comparison.DIFFERS
    elif value == YES:
        comparison = Comparison.SAME if stands == YES else Comparison.NEW_NO
    else:
        comparison = Comparison.SAME if stands == value else Comparison.NEW
    return Row(
        key=listed.none_code,
        text=str(listed.label),
        said=list_words(listed, said),
        standing=str(_("none")) if stands == YES else "",
        comparison=comparison,
        options=(Decision.ACCEPT, Decision.ASIDE),
        value=value,
        listed=listed,
    )


def _line_comparison(is_same: bool, is_alike: bool) -> Comparison:
    if is_same:
        return Comparison.SAME
    return Comparison.DIFFERS if is_alike else Comparison.NEW


def same_line(listed: Listed, said: Mapping[str, Any], recorded: Mapping[str, Any]) -> bool:
    """Whether a line says nothing that the record does not have."""
    if not _names_the_same(listed, said, recorded):
        return False
    if listed == Listed.PROCEDURES:
        return said["done_on"] == recorded["done_on"] and sorted(said["regions"]) == sorted(
            recorded["regions"]
        )
    return all(
        fold(str(said.get(name) or "")) == fold(str(recorded.get(name) or ""))
        for name in ("status", "last_taken", "since", "severity", "reaction")
    )


def _names_the_same(listed: Listed, said: Mapping[str, Any], recorded: Mapping[str, Any]) -> bool:
    if listed == Listed.PROCEDURES:
        return bool(said["kind"] == recorded["kind"])
    return fold(said["text"]) == fold(recorded["text"])


def _recognition(listed: Listed, entry: Mapping[str, Any]) -> Recognition | None:
    if listed == Listed.PROCEDURES:
        return None
    return recognition_of(listed, entry["text"], rule_set=rules_in_force())


def _language() -> str:
    return get_language() or "en"
