"""The questions of one page of the intake, as they are asked and as they come back.

A question has no default: what was not touched comes back as nothing, and nothing is recorded.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from clinic.refusals import Refused
from patients.intake.by_medicine import field_name, said_of
from patients.intake.illnesses import lacks_a_name, named_illnesses, with_one_unnamed
from patients.intake.rules import is_recordable, number_fits
from patients.intake.terms import CONDITIONS, FACTS_ASKED_FOR, NO, UNKNOWN, YES
from patients.intake.words import choice_words, region_words
from patients.records.rules import check_visible
from patients.screening.rule_set import Question, RuleSet
from patients.screening.terms import Kind

ON_A_DAY = "day"
NONE = "none"
BY_MEDICINE = "by_medicine"
LONGEST_TEXT = 200
MOST_LINES = 20

Choice = tuple[str, str | Promise]


@dataclass
class AskedOfMedicine:
    """The question about one medicine, by the name that stands in the list."""

    name: str
    medicine: str
    chosen: str = ""


@dataclass
class AskedQuestion:
    """One question on the page: what is chosen, what is typed beside it, what is wrong with it."""

    question: Question
    rule_set: RuleSet
    language: str
    chosen: str = ""
    typed: str = ""
    named: tuple[str, ...] = ()
    medicines: tuple[AskedOfMedicine, ...] = ()
    errors: list[str | Promise] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.question.code

    @property
    def label(self) -> str:
        return self.question.text.to(self.language)

    @property
    def id_for_label(self) -> str:
        return f"id_{self.name}"

    @property
    def auto_id(self) -> str:
        return self.id_for_label

    @property
    def kind(self) -> str:
        if self.medicines:
            return BY_MEDICINE
        return "text" if self.name == CONDITIONS else self.question.kind.value

    @property
    def is_optional(self) -> bool:
        return not self.question.mandatory or self.name in FACTS_ASKED_FOR

    @property
    def field_names(self) -> list[str]:
        return [one.name for one in self.medicines] or [self.name]

    def answer_no_where_open(self, shown: Set[str]) -> None:
        """ "No to all the rest", of the fields that were shown."""
        for one in self.medicines:
            if one.name in shown and not one.chosen:
                one.chosen = NO
        if self.name in shown and not (self.chosen or self.typed or self.named):
            self.chosen = NO if self.can_be_no and not self.medicines else ""

    @property
    def none_choice(self) -> str | None:
        """The choice that says "nothing of this": it is answered by a no, like any question."""
        return NONE if NONE in self.question.choices else None

    @property
    def choices(self) -> list[Choice]:
        """The segments from which one is chosen."""
        unknown: Choice = (UNKNOWN, _("Don't know"))
        match self.question.kind:
            case Kind.DATE:
                first: list[Choice] = [(NO, _("No"))] if self.question.no_allowed else []
                return [*first, (ON_A_DAY, _("Yes, on …")), unknown]
            case Kind.LIST:
                return [(NO, _("No")), (YES, _("Yes: …")), unknown]
            case Kind.CHOICE:
                words = choice_words(self.question, self.language)
                return [
                    *((NO if key == self.none_choice else key, word) for key, word in words),
                    unknown,
                ]
            case _:
                return [(YES, _("Yes")), (NO, _("No")), unknown]

    @property
    def can_be_no(self) -> bool:
        return self.kind != Kind.NUMBER and any(key == NO for key, _word in self.choices)

    @property
    def nameable(self) -> list[Choice]:
        """What a list answer may name."""
        if self.question.about_regions:
            return region_words(self.rule_set, self.language, elsewhere=True)
        return list(choice_words(self.question, self.language))


def asked(
    question: Question,
    value: Any,
    *,
    rule_set: RuleSet,
    language: str,
    medicines: Sequence[str] = (),
) -> AskedQuestion:
    """The question with the answer that stands, or with none."""
    shown = AskedQuestion(question, rule_set, language)
    if medicines:
        said = said_of(value, medicines)
        shown.medicines = tuple(
            AskedOfMedicine(field_name(question.code, name), name, said.get(name, ""))
            for name in medicines
        )
        return shown
    if value is None:
        return shown
    if value == UNKNOWN:
        shown.chosen = UNKNOWN
    elif question.code == CONDITIONS:
        shown.chosen = NO if value == NO else UNKNOWN if lacks_a_name(value) else YES
        shown.typed = "\n".join(named_illnesses(value))
    elif question.kind is Kind.NUMBER:
        shown.typed = str(value)
    elif question.kind is Kind.DATE and value != NO:
        shown.chosen, shown.typed = ON_A_DAY, str(value)
    elif question.kind is Kind.LIST and isinstance(value, list):
        shown.chosen, shown.named = YES, tuple(value)
    elif question.kind is Kind.CHOICE and value == shown.none_choice:
        shown.chosen = NO
    else:
        shown.chosen = str(value)
    return shown


def came_back(
    question: Question,
    post: QueryDict,
    *,
    rule_set: RuleSet,
    language: str,
    medicines: Sequence[str] = (),
) -> AskedQuestion:
    """The question with what was chosen and typed in the form."""
    code = question.code
    return AskedQuestion(
        question,
        rule_set,
        language,
        chosen=post.get(code, ""),
        typed=post.get(f"{code}__typed", "").strip(),
        named=tuple(post.getlist(f"{code}__named")),
        medicines=tuple(
            AskedOfMedicine(name, medicine, post.get(name, ""))
            for medicine in medicines
            for name in [field_name(code, medicine)]
        ),
    )


def answer_of(shown: AskedQuestion, *, on: date) -> Any:
    """Return the answer as it is recorded, or None: not asked. Writes what is wrong into `errors`."""
    value = _value(shown, on=on)
    if value is None or shown.errors:
        return None
    if not is_recordable(shown.name, value, on=on, rule_set=shown.rule_set):
        shown.errors.append(_("Please choose one of the answers."))
        return None
    return value


def _value(shown: AskedQuestion, *, on: date) -> Any:
    if shown.medicines:
        # What was said of a medicine that is not asked about any more is not taken along.
        return {one.medicine: one.chosen for one in shown.medicines if one.chosen} or None
    if shown.name == CONDITIONS:
        return _own_words(shown)
    if shown.chosen == UNKNOWN:
        return UNKNOWN
    match shown.question.kind:
        case Kind.NUMBER:
            return _number(shown)
        case Kind.DATE:
            return _day(shown, on=on)
        case Kind.LIST:
            return _list(shown)
        case Kind.CHOICE:
            chosen = shown.none_choice if shown.chosen == NO else shown.chosen
            return chosen or None
        case _:
            return shown.chosen or None


def _number(shown: AskedQuestion) -> Any:
    if not shown.typed:
        return None
    try:
        number = Decimal(shown.typed.replace(",", "."))
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or not number_fits(shown.question, number):
        shown.errors.append(
            _("Enter a number from %(low)s to %(high)s.")
            % {"low": shown.question.minimum, "high": shown.question.maximum}
        )
        return None
    whole = number == number.to_integral_value()
    return int(number) if whole else float(number)


def _day(shown: AskedQuestion, *, on: date) -> Any:
    if shown.chosen == NO:
        return NO
    if not shown.typed:
        if shown.chosen == ON_A_DAY:
            shown.errors.append(_("Enter the day, or choose another answer."))
        return None
    try:
        day = parse_date(shown.typed)
    except ValueError:
        day = None
    if day is None:
        shown.errors.append(_("This day does not exist. Enter a real date."))
    elif day > on:
        shown.errors.append(_("This date is in the future. Please check it."))
    else:
        return day.isoformat()
    return None


def _list(shown: AskedQuestion) -> Any:
    if shown.chosen == NO:
        if shown.named:
            shown.errors.append(_("“No” and a choice were given. Please decide for one."))
            return None
        return NO
    if shown.named:
        return list(shown.named)
    if shown.chosen != YES:
        return None
    if shown.question.about_regions:
        return YES  # wherever will be treated
    shown.errors.append(_("Please say what it was."))
    return None


def _own_words(shown: AskedQuestion) -> Any:
    if shown.chosen == NO:
        return NO
    lines = [" ".join(line.split()) for line in shown.typed.splitlines() if line.strip()]
    if not lines:
        if shown.chosen == YES:
            shown.errors.append(_("Please write down the illnesses, one on each line."))
        return UNKNOWN if shown.chosen == UNKNOWN else None
    if len(lines) > MOST_LINES or any(len(line) > LONGEST_TEXT for line in lines):
        shown.errors.append(_("At most 20 lines of 200 characters."))
        return None
    try:
        check_visible("".join(lines))
    except Refused as refusal:
        shown.errors.append(str(refusal))
        return None
    return with_one_unnamed(lines) if shown.chosen == UNKNOWN else lines


class SectionForm:
    """All questions of one page. Behaves towards templates like a form with its fields."""

    def __init__(
        self,
        questions: Sequence[Question],
        *,
        standing: Mapping[str, Any],
        rule_set: RuleSet,
        language: str,
        post: QueryDict | None = None,
        medicines: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        about = medicines or {}
        if post is None:
            self.asked = [
                asked(
                    question,
                    standing.get(question.code),
                    rule_set=rule_set,
                    language=language,
                    medicines=about.get(question.code, ()),
                )
                for question in questions
            ]
        else:
            self.asked = [
                came_back(
                    question,
                    post,
                    rule_set=rule_set,
                    language=language,
                    medicines=about.get(question.code, ()),
                )
                for question in questions
            ]
        self.post = post
        self.standing = standing

    def __iter__(self) -> Iterator[AskedQuestion]:
        return iter(self.asked)

    @property
    def errors(self) -> dict[str, Sequence[str | Promise]]:
        return {shown.name: shown.errors for shown in self.asked if shown.errors}

    @property
    def non_field_errors(self) -> Iterable[str]:
        return ()

    def answers(self, *, on: date, anew: bool = False) -> dict[str, Any]:
        """What was answered and is not already standing; `anew`: all that was answered.

        With "no to all the rest" pressed where there are no scripts, every question that was
        shown and left open is answered no; those that appear only now are not.
        """
        rest = self.post is not None and self.post.get("rest") == NO
        rest_no = set(self.post.getlist("shown")) if self.post and rest else set()
        found: dict[str, Any] = {}
        for shown in self.asked:
            shown.answer_no_where_open(rest_no)
            value = answer_of(shown, on=on)
            if value is not None and shown.medicines:
                # A page opened before a medicine was listed does not unsay what was said of it.
                about = [one.medicine for one in shown.medicines]
                value = said_of(self.standing.get(shown.name), about) | value
            if value is not None and (anew or self.standing.get(shown.name) != value):
                found[shown.name] = value
        return found
