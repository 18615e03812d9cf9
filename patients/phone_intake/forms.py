"""One page of the questions as it comes back from a phone: what was said, and what is still open."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from patients.clinic_names.rules import denies, says_nothing
from patients.intake.by_medicine import said_of
from patients.intake.forms import SectionForm
from patients.intake.list_forms import LINE_FORMS, LineForm
from patients.intake.page_queries import IntakePage
from patients.intake.terms import NO, UNKNOWN, YES, Listed
from patients.screening.rule_set import RuleSet

UNANSWERED = _("Please answer, or choose “Don't know”.")
UNANSWERED_NUMBER = _("Please enter the number, or choose “Don't know”.")
NAME_THE_CAUSE = _(
    "Please write what it was: a medicine, a food, an antiseptic. If you do not know, write when it"
    " happened, such as “injection at the dentist”."
)
ASKED_FOR = (UNANSWERED, UNANSWERED_NUMBER)
NAME_IT = _("Please write down what it is, or choose another answer.")

# The words of the lists as a patient says them; staff read them in the third person.
NONE_WORDS: Mapping[Listed, str | Promise] = {
    Listed.MEDICATIONS: _("I take nothing"),
    Listed.ALLERGIES: _("No allergies that I know of"),
    Listed.PROCEDURES: _("None"),
}
STATUS_WORDS: Mapping[str, str | Promise] = {
    "current": _("I take it regularly"),
    "as_needed": _("I take it now and then"),
    "stopped": _("I have stopped"),
}
SEVERITY_WORDS: Mapping[str, str | Promise] = {
    "mild": _("Mild"),
    "moderate": _("Moderate"),
    "severe": _("Severe"),
    "anaphylaxis": _("With trouble breathing or collapse"),
}


@dataclass(frozen=True)
class Problem:
    """One line of the summary of what is wrong: where it leads, and what it says."""

    anchor: str
    label: str | Promise
    error: str | Promise


@dataclass
class StepForm:
    """One page. `rest`: "no to all of these" was pressed where there are no scripts."""

    page: IntakePage
    on: date
    rule_set: RuleSet
    language: str
    post: QueryDict | None = None
    none_said: str = ""
    list_error: str | Promise = ""
    answers: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.questions = SectionForm(
            self.page.questions,
            standing={} if self.post is not None else self.page.answers,
            rule_set=self.rule_set,
            language=self.language,
            post=self.post,
            medicines=self.page.medicines,
        )
        listed = self.page.listed
        if self.post is not None:
            self.answers = self.questions.answers(on=self.on, anew=True)
            for code, about in self.page.medicines.items():
                if code in self.answers:
                    said = said_of(self.page.answers.get(code), about)
                    self.answers[code] = said | self.answers[code]
            if listed:
                self.none_said = self.post.get(listed.none_code, "")
        elif listed:
            self.none_said = self.page.answers.get(listed.none_code, "")
        self.line = self._line(listed)
        self._say_it_to_the_patient()

    def _say_it_to_the_patient(self) -> None:
        """What staff are told about a line that names nothing, in words for the patient."""
        listed = self.page.listed
        if self.line is None or listed is None or not self.line_is_wrong:
            return
        text = self.line.data.get(self.line.add_prefix("text"), "")
        if "text" in self.line.errors and denies(text):
            self.line.errors["text"] = self.line.error_class(
                [
                    _("If there is nothing, empty this line and choose “%(none)s”.")
                    % {"none": NONE_WORDS[listed]}
                ]
            )
        elif "text" in self.line.errors and text.strip() and says_nothing(text):
            self.line.errors["text"] = self.line.error_class([str(NAME_THE_CAUSE)])

    def _line(self, listed: Listed | None) -> LineForm | None:
        if listed is None:
            return None
        return LINE_FORMS[listed](
            self.post, today=self.on, rule_set=self.rule_set, language=self.language
        )

    @property
    def has_line(self) -> bool:
        return self.line is not None and self.line.has_line()

    @property
    def line_to_add(self) -> Mapping[str, Any] | None:
        """The new line of the list, if one was written and is right."""
        if self.line is None or not self.has_line or not self.line.is_valid():
            return None
        return self.line.cleaned_data

    @property
    def line_is_wrong(self) -> bool:
        return self.line is not None and self.has_line and not self.line.is_valid()

    @property
    def remove(self) -> UUID | None:
        try:
            return UUID(self.post.get("remove", "")) if self.post is not None else None
        except ValueError:
            return None

    @property
    def is_wrong(self) -> bool:
        return bool(self.questions.errors) or self.line_is_wrong or bool(self.list_error)

    def ask_for(self, open_codes: Sequence[str], *, has_entries: bool) -> None:
        """Mark what was not touched: an untouched question is not a no, and nobody goes on."""
        for shown in self.questions:
            if shown.name in open_codes and not shown.errors:
                shown.errors.append(UNANSWERED_NUMBER if shown.kind == "number" else UNANSWERED)
        listed = self.page.listed
        if (
            listed
            and not self.line_is_wrong
            and (listed.value in open_codes or (self.none_said == NO and not has_entries))
        ):
            self.list_error = NAME_IT if self.none_said == NO else UNANSWERED

    def problems(self) -> list[Problem]:
        """All that is wrong, in the order of the page."""
        found: list[Problem] = []
        if self.page.listed and self.list_error:
            found.append(Problem("list", self.page.listed.label, self.list_error))
        if self.line is not None and self.line_is_wrong:
            found += [
                Problem(f"id_line_{name}", self.line.fields[name].label or "", error)
                for name, errors in self.line.errors.items()
                for error in map(str, errors)
                if name in self.line.fields
            ]
        for shown in self.questions:
            # What is only missing is named by its question; what to do stands beside it.
            found += [
                Problem(shown.id_for_label, shown.label, "" if error in ASKED_FOR else error)
                for error in shown.errors
            ]
        return found


def none_to_keep(form: StepForm) -> str:
    """What was said about the list as a whole, where it says something by itself."""
    return form.none_said if form.none_said in (YES, UNKNOWN) else ""
