"""The clinic's own rules: a shipped version with what the clinic changed in it.

Pure. Changed entries are kept whole, as they are written, so that what held under a version can be
built again exactly, whatever is shipped later.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from patients.rulebook import shipped
from patients.screening.rule_files import RuleSetError, load_rule_set, read_rules
from patients.screening.rule_set import Question, Rule, RuleSet
from patients.screening.vocabulary import Label, ProcedureKind

OFF = "off"


@dataclass(frozen=True)
class OwnRules:
    """What a clinic decided, on the shipped version `base`.

    `rules`: id -> the whole entry, with `off: true` where it is switched off. `questions`: code ->
    its words and whether it is mandatory. `durations`: name -> days. `notice`: language -> text.
    """

    base: str
    rules: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    questions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    durations: Mapping[str, int] = field(default_factory=dict)
    notice: Mapping[str, str] = field(default_factory=dict)

    def with_rule(self, rule_id: str, entry: Mapping[str, Any] | None) -> "OwnRules":
        """Change one rule; None, or the shipped words again: the shipped rule holds."""
        same = entry == shipped.rule_entries(self.base).get(rule_id)
        return replace(self, rules=_with(self.rules, rule_id, None if same else entry))

    def with_question(self, code: str, words: Mapping[str, Any] | None) -> "OwnRules":
        entry = shipped.question_entries(self.base).get(code, {})
        same = words is not None and all(entry.get(name) == words[name] for name in words)
        return replace(self, questions=_with(self.questions, code, None if same else words))

    def with_durations(self, days: Mapping[str, int]) -> "OwnRules":
        known = shipped.durations(self.base)
        return replace(
            self, durations={k: v for k, v in days.items() if k in known and known[k] != v}
        )

    def with_notice(self, texts: Mapping[str, str]) -> "OwnRules":
        return replace(self, notice={k: v for k, v in texts.items() if v})

    def as_json(self) -> dict[str, Any]:
        return {
            "rules": dict(self.rules),
            "questions": dict(self.questions),
            "durations": dict(self.durations),
            "notice": dict(self.notice),
        }

    def fingerprint(self) -> str:
        """Return what names this state: what was tried is what is put in force."""
        said = json.dumps([self.base, self.as_json()], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(said.encode()).hexdigest()


def _with(entries: Mapping[str, Any], key: str, entry: Any) -> dict[str, Any]:
    changed = {k: v for k, v in entries.items() if k != key}
    return changed if entry is None else changed | {key: entry}


def entry_of(own: OwnRules, rule_id: str) -> Mapping[str, Any] | None:
    """The rule as it is written now, also where it is switched off."""
    return own.rules.get(rule_id) or shipped.rule_entries(own.base).get(rule_id)


def entries_in_force(own: OwnRules) -> list[Mapping[str, Any]]:
    """Every rule that holds, in the order of the shipped ones; the clinic's own follow."""
    written = dict(shipped.rule_entries(own.base)) | dict(own.rules)
    return [
        {key: value for key, value in entry.items() if key != OFF}
        for entry in written.values()
        if not entry.get(OFF)
    ]


def compose(own: OwnRules, *, version: str) -> RuleSet:
    """Build the rule set. Raises RuleSetError where an entry cannot be used with this base."""
    base = load_rule_set(own.base)
    if not (own.rules or own.questions or own.durations):
        return replace(base, version=version)
    return replace(
        base,
        version=version,
        rules=_rules(own, base),
        questions={
            code: _worded(question, own.questions.get(code))
            for code, question in base.questions.items()
        },
        vocabulary=replace(base.vocabulary, procedures=_procedures(own, base)),
        answers_hold_days=own.durations.get(shipped.HOLD_DAYS, base.answers_hold_days),
    )


def _rules(own: OwnRules, base: RuleSet) -> tuple[Rule, ...]:
    """The shipped rules are parsed once per process; only the clinic's own are read here."""
    changed = [entry for entry in own.rules.values() if not entry.get(OFF)]
    read = {rule.id: rule for rule in read_rules(changed, base.words)} if changed else {}
    unchanged = {rule.id: rule for rule in base.rules if rule.id not in own.rules}
    order = dict.fromkeys([rule.id for rule in base.rules] + list(read))
    rules = tuple(
        rule for name in order if (rule := read.get(name) or unchanged.get(name)) is not None
    )
    if not rules:
        raise RuleSetError("no rule is left")
    return rules


def _worded(question: Question, words: Mapping[str, Any] | None) -> Question:
    if words is None:
        return question
    return replace(question, text=Label(words["en"], words["tr"]), mandatory=words["mandatory"])


def _procedures(own: OwnRules, base: RuleSet) -> Mapping[str, ProcedureKind]:
    return {
        kind: replace(each, gap_days=own.durations.get(shipped.GAP + kind, each.gap_days))
        for kind, each in base.vocabulary.procedures.items()
    }
