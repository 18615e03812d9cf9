"""What a physician may change in a rule, a question, the durations and the notice.

The fields show what is written now; `changed_entry()` and its like give back what was typed in the
shape of the clinical data.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from patients.rulebook import shipped
from patients.rulebook.composing import OFF, OwnRules
from patients.rulebook.terms import LONGEST_GAP_DAYS, LONGEST_HOLD_DAYS, SHORTEST_HOLD_DAYS
from patients.rulebook.when_words import in_words
from patients.screening.rule_files import RuleSetError, read_rules
from patients.screening.rule_set import RuleSet
from patients.screening.terms import Override, Severity
from patients.screening.tokens import WhenError
from patients.screening.when import parse

SEVERITIES = (
    ("", _("no case")),
    (Severity.CAUTION.value, _("Caution")),
    (Severity.RELATIVE.value, _("Relative")),
    (Severity.TEMPORARY.value, _("Temporary")),
    (Severity.ABSOLUTE.value, _("Absolute")),
)
OVERRIDES = (
    (Override.NONE.value, _("Nobody")),
    (Override.REASON.value, _("The physician, with a written reason")),
)
CERTAINTIES = (("high", _("high")), ("moderate", _("moderate")), ("low", _("low")))
EACH = (
    ("", _("the patient as a whole")),
    ("$region", _("each planned region")),
    ("$ingredient", _("each ingredient of the cocktail")),
    ("$step", _("each step of the session")),
    ("$pair", _("each pair of ingredients")),
)
_TEXTS = (
    ("title", _("Title, English"), 1),
    ("title_tr", _("Title, Turkish"), 1),
    ("trigger", _("When it holds, in plain words"), 2),
    ("note", _("What to do, English"), 3),
    ("note_tr", _("What to do, Turkish"), 3),
    ("clears_en", _("What clears it, English"), 2),
    ("clears_tr", _("What clears it, Turkish"), 2),
    ("source", _("Source"), 2),
)
_MUST = frozenset({"title", "title_tr", "source"})
_CHANGEABLE_OVERRIDES = (Severity.RELATIVE, Severity.TEMPORARY)
_SPARE_CASES = 1


def _text(label: Any, rows: int, *, required: bool) -> forms.CharField:
    widget = forms.TextInput() if rows == 1 else forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=required, widget=widget, max_length=4000)


@dataclass(frozen=True)
class CaseFields:
    """The fields of one case, for the page."""

    number: int
    severity: forms.BoundField
    target: forms.BoundField
    condition: forms.BoundField
    clears: forms.BoundField


class RuleForm(forms.Form):
    """One rule as the clinic has it: words, cases, who may override, and whether it holds."""

    off = forms.ChoiceField(
        label=_("This rule"),
        choices=(("", _("holds")), ("1", _("is switched off"))),
        required=False,
        widget=forms.RadioSelect,
    )
    confidence = forms.ChoiceField(label=_("Certainty"), choices=CERTAINTIES)

    def __init__(self, data: Any = None, *, entry: Mapping[str, Any], rule_set: RuleSet) -> None:
        super().__init__(data, initial=_initial(entry))
        self.entry = entry
        self.rule_set = rule_set
        for name, label, rows in _TEXTS:
            self.fields[name] = _text(label, rows, required=name in _MUST)
        for severity in _CHANGEABLE_OVERRIDES:
            self.fields[f"override_{severity.value}"] = forms.ChoiceField(
                label=_override_label(severity), choices=OVERRIDES, required=False
            )
        self.case_count = len(entry["when"]) + _SPARE_CASES
        for number in range(self.case_count):
            self._add_case(number, entry["when"][number] if number < len(entry["when"]) else {})

    def _add_case(self, number: int, case: Mapping[str, Any]) -> None:
        target = case.get("target") or ""
        named = [] if target in dict(EACH) else [(target, _named(target))]
        self.fields[f"case_{number}_severity"] = forms.ChoiceField(
            label=_("Severity"), choices=SEVERITIES, required=False
        )
        self.fields[f"case_{number}_target"] = forms.ChoiceField(
            label=_("Tested for"), choices=[*EACH, *named], required=False
        )
        self.fields[f"case_{number}_if"] = forms.CharField(
            label=_("Holds when"),
            required=False,
            max_length=4000,
            widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false", "class": "ms-code"}),
        )
        self.fields[f"case_{number}_clears"] = forms.CharField(
            label=_("Clears on"), required=False, max_length=80
        )

    def cases(self) -> Iterator[CaseFields]:
        for number in range(self.case_count):
            yield CaseFields(
                number + 1,
                self[f"case_{number}_severity"],
                self[f"case_{number}_target"],
                self[f"case_{number}_if"],
                self[f"case_{number}_clears"],
            )

    def words(self) -> Iterator[forms.BoundField]:
        for name, _label, _rows in _TEXTS:
            yield self[name]

    def overrides(self) -> Iterator[forms.BoundField]:
        for severity in _CHANGEABLE_OVERRIDES:
            yield self[f"override_{severity.value}"]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        written = [n for n in range(self.case_count) if self._is_written(n)]
        for number in written:
            self._check_case(number)
        if not written:
            self.add_error(None, _("A rule has at least one case; to stop it, switch it off."))
        elif not self.errors:
            try:
                read_rules([self.changed_entry() | {OFF: False}], self.rule_set.words)
            except RuleSetError as error:
                self.add_error(None, str(error))
        return cleaned

    def _is_written(self, number: int) -> bool:
        return bool(
            self.cleaned_data.get(f"case_{number}_severity")
            or self.cleaned_data.get(f"case_{number}_if", "").strip()
        )

    def _check_case(self, number: int) -> None:
        severity = self.cleaned_data.get(f"case_{number}_severity")
        text = self.cleaned_data.get(f"case_{number}_if", "").strip()
        if not severity:
            self.add_error(f"case_{number}_severity", _("Choose how severe this case is."))
        if not text:
            self.add_error(
                f"case_{number}_if",
                _("Write when it holds, or choose “no case” to take this case out."),
            )
            return
        target = self.cleaned_data.get(f"case_{number}_target") or None
        try:
            parse(text, self.rule_set.words, target=target)
        except WhenError as error:
            self.add_error(f"case_{number}_if", in_words(error, text, self.rule_set.words))
            return
        if severity and self.cleaned_data.get(f"case_{number}_clears"):
            self._check_clears(number, severity)

    def _check_clears(self, number: int, severity: str) -> None:
        if severity != Severity.TEMPORARY:
            self.add_error(
                f"case_{number}_clears", _("Only a temporary case clears on a day of its own.")
            )
            return
        entry = {"id": "R", "scope": self.entry["scope"], "when": [self._case(number)]}
        try:
            read_rules([entry], self.rule_set.words)
        except RuleSetError as error:
            cause = error.__cause__
            words = (
                in_words(cause, "", self.rule_set.words)
                if isinstance(cause, WhenError)
                else str(error)
            )
            self.add_error(f"case_{number}_clears", words)

    def _case(self, number: int) -> dict[str, Any]:
        said = self.cleaned_data
        case: dict[str, Any] = {
            "severity": said[f"case_{number}_severity"],
            "if": " ".join(said[f"case_{number}_if"].split()),
        }
        if said.get(f"case_{number}_clears"):
            case["clears"] = said[f"case_{number}_clears"].strip()
        if said.get(f"case_{number}_target"):
            case["target"] = said[f"case_{number}_target"]
        return case

    def changed_entry(self) -> dict[str, Any]:
        """The rule as it was typed, in the shape of the clinical data."""
        said = self.cleaned_data
        cases = [self._case(n) for n in range(self.case_count) if self._is_written(n)]
        found = {case["severity"] for case in cases}
        ranked = [each.value for each in reversed(Severity) if each.value in found]
        entry = dict(self.entry) | {name: _plain(said[name]) for name, _label, _rows in _TEXTS}
        entry |= {
            "confidence": said["confidence"],
            "when": cases,
            "severity": ranked[0],
            "also": ranked[1:],
            "override": {severity: self._may(severity) for severity in ranked},
            "codes": _codes(self.entry, cases, self.rule_set),
        }
        entry.pop(OFF, None)
        if _same(entry, self.entry):
            entry = {key: value for key, value in self.entry.items() if key != OFF}
        return entry | ({OFF: True} if said.get("off") else {})

    def _may(self, severity: str) -> str:
        if severity == Severity.CAUTION:
            return Override.TICK.value
        if severity == Severity.ABSOLUTE:
            return Override.NONE.value
        chosen: str = self.cleaned_data.get(f"override_{severity}") or Override.NONE.value
        return chosen


def _plain(text: str) -> str:
    """A browser ends lines in its own way; the data ends them with one sign."""
    return "\n".join(text.strip().splitlines())


def _same(typed: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    """Whether nothing was typed: what is only derived here does not make a rule the clinic's own."""
    derived = {"severity", "also", "codes", OFF}
    names = (typed.keys() | entry.keys()) - derived
    return all(typed.get(name) == entry.get(name) for name in names)


def _codes(
    entry: Mapping[str, Any], cases: Sequence[Mapping[str, Any]], rule_set: RuleSet
) -> list[str]:
    """The questions behind a rule: those it had, as far as they are still named, and new ones."""
    text = " ".join(case["if"] for case in cases)
    words = set(text.replace("(", " ").replace(")", " ").replace(",", " ").split())
    kept = [code for code in entry.get("codes", ()) if code in rule_set.questions]
    return kept + [code for code in rule_set.questions if code in words and code not in kept]


def _initial(entry: Mapping[str, Any]) -> dict[str, Any]:
    initial: dict[str, Any] = {name: entry.get(name, "") for name, _label, _rows in _TEXTS}
    initial |= {
        "confidence": entry.get("confidence", "moderate"),
        "off": "1" if entry.get(OFF) else "",
    }
    for severity in _CHANGEABLE_OVERRIDES:
        initial[f"override_{severity.value}"] = entry.get("override", {}).get(
            severity.value, Override.NONE.value
        )
    for number, case in enumerate(entry["when"]):
        initial |= {
            f"case_{number}_severity": case["severity"],
            f"case_{number}_target": case.get("target") or "",
            f"case_{number}_if": case["if"],
            f"case_{number}_clears": case.get("clears") or "",
        }
    return initial


def _named(target: str) -> str:
    return target.replace("_", " ")


def _override_label(severity: Severity) -> Any:
    if severity is Severity.RELATIVE:
        return _("Who may override a relative finding")
    return _("Who may override a temporary finding")


class QuestionForm(forms.Form):
    """The words of a question, and whether it must be answered. Code and kind stay as shipped."""

    en = _text(_("Question, English"), 3, required=True)
    tr = _text(_("Question, Turkish"), 3, required=True)
    mandatory = forms.ChoiceField(
        label=_("Without an answer"),
        choices=(("1", _("the patient is held")), ("", _("screening goes on"))),
        required=False,
        widget=forms.RadioSelect,
    )

    def changed_words(self) -> dict[str, Any]:
        said = self.cleaned_data
        return {
            "en": _plain(said["en"]),
            "tr": _plain(said["tr"]),
            "mandatory": bool(said["mandatory"]),
        }


class DurationsForm(forms.Form):
    """How long answers hold, and how long the skin waits after each kind of treatment."""

    def __init__(self, data: Any = None, *, own: OwnRules, language: str) -> None:
        super().__init__(data)
        now = {**shipped.durations(own.base), **own.durations}
        turkish = language.split("-")[0] == "tr"
        labels = shipped.duration_labels(own.base)
        for name, days in now.items():
            holds = name == shipped.HOLD_DAYS
            self.fields[_field_name(name)] = forms.IntegerField(
                label=_("Answers of the intake hold") if holds else labels[name][turkish],
                initial=days,
                min_value=SHORTEST_HOLD_DAYS if holds else 0,
                max_value=LONGEST_HOLD_DAYS if holds else LONGEST_GAP_DAYS,
                help_text=gettext("Shipped: %(days)d days")
                % {"days": shipped.durations(own.base)[name]},
            )

    def changed_days(self) -> dict[str, int]:
        return {_duration(name): days for name, days in self.cleaned_data.items()}


def _field_name(duration: str) -> str:
    return duration.replace(".", "__")


def _duration(field_name: str) -> str:
    return field_name.replace("__", ".")


class NoticeForm(forms.Form):
    """What everyone reads when a patient has signs of an acute clot."""

    en = _text(_("Notice, English"), 4, required=True)
    tr = _text(_("Notice, Turkish"), 4, required=True)

    def changed_texts(self, shipped_texts: Mapping[str, str]) -> dict[str, str]:
        """The clinic's own words; those that are as shipped are not its own."""
        typed = {
            name: "\n".join(line.strip() for line in self.cleaned_data[name].splitlines()).strip()
            for name in ("en", "tr")
        }
        return {name: text for name, text in typed.items() if text != shipped_texts[name]}
