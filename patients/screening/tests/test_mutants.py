"""Each named slip in the engine is caught: a guard that no mutant can break guards nothing."""

import operator
from dataclasses import replace

import pytest

from patients.screening import (
    conditions,
    facts,
    matching,
    medicine_conditions,
    plan_conditions,
    plan_reading,
    reading,
    rules,
)
from patients.screening.terms import NO, Status, Verdict
from patients.screening.tests.cases import V1, V2
from patients.screening.tests.guards import check_everything


def test_the_engine_as_it_is_passes():
    check_everything()


def unknown_counted_as_no(patch):
    read = reading._Reader.read_answer

    def mutant(self, question, raw, regions):
        return read(self, question, NO if raw == "unknown" else raw, regions)

    patch.setattr(reading._Reader, "read_answer", mutant)


def silence_counted_as_no(patch):
    patch.setattr(reading._Reader, "is_open", lambda self, question, facts: False)


def unread_values_dropped(patch):
    read = reading._Reader.read_answers

    def mutant(self, regions):
        read(self, regions)
        for code in self.unreadable:
            self.answers.setdefault(code, "no")

    patch.setattr(reading._Reader, "read_answers", mutant)


def less_becomes_less_or_equal(patch):
    patch.setitem(conditions.COMPARISONS, "<", operator.le)


def at_least_becomes_more(patch):
    patch.setitem(conditions.COMPARISONS, ">=", operator.gt)


def above_becomes_at_least(patch):
    patch.setitem(conditions.COMPARISONS, ">", operator.ge)


def last_dose_one_day_longer(patch):
    in_time = medicine_conditions.Medicines.in_time

    def mutant(self, product, facts):
        if self.last_below is not None:
            self = replace(self, last_below=self.last_below + 1)
        return in_time(self, product, facts)

    patch.setattr(medicine_conditions.Medicines, "in_time", mutant)


def gap_one_day_shorter(patch):
    within = plan_conditions.InGap._found

    def mutant(self, facts, target):
        shorter = [replace(p, gap_days=(p.gap_days or 1) - 1) for p in facts.procedures]
        return within(self, replace(facts, procedures=tuple(shorter)), target)

    patch.setattr(plan_conditions.InGap, "_found", mutant)


def a_medicine_group_skipped(patch):
    fits = medicine_conditions.Medicines.fits

    def mutant(self, row):
        return "antiplatelet" not in row.groups and fits(self, row)

    patch.setattr(medicine_conditions.Medicines, "fits", mutant)


def stopped_taken_for_current(patch):
    patch.setattr(reading, "read_status", lambda raw: Status.CURRENT)


def as_needed_forgotten(patch):
    read = reading.read_status
    patch.setattr(
        reading,
        "read_status",
        lambda raw: Status.STOPPED if raw == "as_needed" else read(raw),
    )


def or_read_as_and(patch):
    patch.setattr(conditions.Or, "holds", conditions.And.holds)


def not_forgotten(patch):
    patch.setattr(
        conditions.Not, "holds", lambda self, facts, target: self.part.holds(facts, target)
    )


def unlike_false_for_silence(patch):
    holds = conditions.Compare.holds

    def mutant(self, facts, target):
        return self.left.amount(facts, target) is not None and holds(self, facts, target)

    patch.setattr(conditions.Compare, "holds", mutant)


def turkish_letters_not_folded(patch):
    patch.setattr(matching, "fold", lambda text: text.lower())


def an_unknown_text_ignored(patch):
    recognise = matching.MedicineMatcher.recognise

    def mutant(self, text):
        return replace(recognise(self, text), complete=True)

    patch.setattr(matching.MedicineMatcher, "recognise", mutant)


def the_earlier_of_two_waits_wins(patch):
    patch.setattr(
        rules,
        "earliest_day",
        lambda findings: min((f.clears_on for f in findings if f.clears_on), default=None),
    )


def gaps_left_out_of_the_verdict(patch):
    patch.setattr(rules, "is_complete", lambda reading: True)


def an_absolute_block_of_an_area_waved_through(patch):
    verdict_of = rules.verdict_of

    def mutant(findings, *, is_complete):
        procedure = [f for f in findings if f.scope == "procedure"]
        return verdict_of(procedure, is_complete=is_complete)

    patch.setattr(rules, "verdict_of", mutant)


def the_weakest_severity_reported(patch):
    finding = rules._finding

    def mutant(rule, name, cases, facts):
        weakest = min(cases, key=lambda held: held[0].severity.rank)
        return finding(rule, name, [weakest], facts)

    patch.setattr(rules, "_finding", mutant)


def only_the_first_region_tested(patch):
    targets = rules.tested_targets

    def mutant(facts):
        return targets(replace(facts, regions=facts.regions[:1]))

    patch.setattr(rules, "tested_targets", mutant)


def own_words_about_illness_ignored(patch):
    patch.setattr(reading._Reader, "read_conditions", lambda self: None)


def reactions_to_steps_ignored(patch):
    patch.setattr(
        reading._Reader,
        "allergy_groups",
        lambda self, allergies: frozenset(g for stated in allergies for g in stated.groups),
    )


def excipients_forgotten(patch):
    patch.setattr(
        plan_reading._PlanReader, "read_excipients", lambda self, n, entry, ingredient: set()
    )


def a_fault_clears(patch):
    held = rules.held_by_fault

    def mutant(request, version):
        return replace(held(request, version), verdict=Verdict.CLEAR)

    patch.setattr(rules, "held_by_fault", mutant)


def regions_taken_for_islands(patch):
    patch.setattr(facts.Facts, "near", lambda self, region: frozenset({region}))


def neighbours_of_a_procedure_forgotten(patch):
    read = reading._Reader.read_procedure_area

    def mutant(self, stated):
        found = read(self, stated)
        return found and frozenset(found).intersection(stated)

    patch.setattr(reading._Reader, "read_procedure_area", mutant)


def a_cleared_spot_still_blocks(patch):
    patch.setattr(
        plan_conditions.Listed,
        "regions",
        lambda self, facts: facts.answers.get(self.code) or frozenset(),
    )


def one_cleared_spot_clears_all(patch):
    regions = plan_conditions.Listed.regions

    def mutant(self, facts):
        cleared = facts.answers.get(self.cleared_by) if self.cleared_by else None
        return frozenset() if cleared else regions(self, facts)

    patch.setattr(plan_conditions.Listed, "regions", mutant)


def outside_of_the_plan_overlooked(patch):
    patch.setattr(plan_conditions.Outside, "holds", lambda self, facts, target: False)


def elsewhere_overlooked(patch):
    patch.setattr(plan_conditions.Anywhere, "holds", plan_conditions.RegionIn.holds)


def an_illness_closes_an_open_question(patch):
    is_open = reading._Reader.is_open

    def mutant(self, question, facts):
        self.only_implied.clear()
        return is_open(self, question, facts)

    patch.setattr(reading._Reader, "is_open", mutant)


def cream_without_grams_counted_as_none(patch):
    patch.setattr(plan_reading._PlanReader, "grams_are_due", lambda self, cream, cocktail: False)


def one_no_speaks_for_every_medicine(patch):
    patch.setattr(reading, "medicines_behind", lambda question, products, on: ())


def the_first_case_wins(patch):
    finding = rules._finding
    patch.setattr(
        rules, "_finding", lambda rule, name, cases, facts: finding(rule, name, cases[:1], facts)
    )


def stopped_medicines_forgotten(patch):
    fitting = medicine_conditions.Medicines.fitting

    def mutant(self, facts):
        return (each for each in fitting(self, facts) if each.status is not Status.STOPPED)

    patch.setattr(medicine_conditions.Medicines, "fitting", mutant)


def what_is_not_known_is_skipped(patch):
    patch.setattr(reading.Gaps, "not_known", lambda self, where, text: None)


MUTANTS = [
    regions_taken_for_islands,
    neighbours_of_a_procedure_forgotten,
    a_cleared_spot_still_blocks,
    one_cleared_spot_clears_all,
    outside_of_the_plan_overlooked,
    elsewhere_overlooked,
    an_illness_closes_an_open_question,
    cream_without_grams_counted_as_none,
    one_no_speaks_for_every_medicine,
    the_first_case_wins,
    stopped_medicines_forgotten,
    what_is_not_known_is_skipped,
    unknown_counted_as_no,
    silence_counted_as_no,
    unread_values_dropped,
    less_becomes_less_or_equal,
    at_least_becomes_more,
    above_becomes_at_least,
    last_dose_one_day_longer,
    gap_one_day_shorter,
    a_medicine_group_skipped,
    stopped_taken_for_current,
    as_needed_forgotten,
    or_read_as_and,
    not_forgotten,
    unlike_false_for_silence,
    turkish_letters_not_folded,
    an_unknown_text_ignored,
    the_earlier_of_two_waits_wins,
    gaps_left_out_of_the_verdict,
    an_absolute_block_of_an_area_waved_through,
    the_weakest_severity_reported,
    only_the_first_region_tested,
    own_words_about_illness_ignored,
    reactions_to_steps_ignored,
    excipients_forgotten,
    a_fault_clears,
]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.__name__)
def test_a_mutant_is_caught(mutant, monkeypatch):
    mutant(monkeypatch)

    with pytest.raises(AssertionError):
        check_everything()


@pytest.mark.parametrize(
    ("rule_set", "dropped"),
    [
        pytest.param(rule_set, rule, marks=[] if place % 4 == 0 else pytest.mark.slow)
        for rule_set in (V1, V2)
        for place, rule in enumerate(rule_set.rules)
    ],
    ids=lambda each: each.version if each in (V1, V2) else each.id,
)
def test_a_dropped_rule_is_caught(rule_set, dropped):
    fewer = rule_set.with_rules(rule for rule in rule_set.rules if rule is not dropped)

    with pytest.raises(AssertionError):
        check_everything(fewer)
