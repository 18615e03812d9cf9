"""S1: no false clear, judged by a table from the founding article and not by the rules.

The article excludes: pregnancy, breastfeeding, active skin infection or inflammation, clotting
disorders, blood thinners, cancer, and an allergy to a substance that is used. Beside it stands what
needs no medicine: whoever did not answer a question with an explicit no was not cleared.
"""

import copy
import random
from itertools import combinations, product

import pytest

from patients.screening.rules import screen
from patients.screening.terms import Verdict
from patients.screening.tests.cases import VERSIONS, complete

SEED = 20261123
NOT_ASKED = object()
REGION = ["cheek_left"]

# What the article names, and the answer that says it.
ARTICLE = {
    "pregnant": "yes",
    "breastfeeding": "yes",
    "infection_in_area": REGION,
    "inflammation_in_area": REGION,
    "herpes_active": "yes",
    "bleeding_disorder": "yes",
    "anticoagulant_now": "yes",
    "antiplatelet_now": "yes",
    "cancer_now": "yes",
}
BLOOD_THINNERS = ["Kumadin 5 mg", "KUMADİN", "Xarelto 20 mg 1x1", "Coraspin + Beloc", "Clexane"]
CANCER_DRUGS = ["Tamoksifen 20 mg", "Xeloda"]
# The complete request injects tranexamic acid, cleans with iodine.
ALLERGIES = ["traneksamik asit", "Transamin", "Batikon", "povidon iyot"]

in_both_versions = pytest.mark.parametrize("rules", VERSIONS, ids=lambda rules: rules.version)


def factors(rules):
    """The questions that everybody, or this patient, has to answer; with a no that clears."""
    answers = complete(rules)["answers"]
    return [
        code
        for code in sorted(answers)
        if code in rules.questions and rules.question(code).mandatory
    ]


def said(rules, code, value):
    """One of the four answers, in the form of the question. `yes` where the article needs none."""
    if value == "yes":
        question = rules.question(code)
        if code in ARTICLE:
            return ARTICLE[code]
        return "yes" if question.kind == "yes_no" else NOT_ASKED
    return value


def answered(rules, row):
    request = complete(rules)
    clearing = dict(request["answers"])
    for code, value in row.items():
        given = clearing[code] if value == "no" else said(rules, code, value)
        if given is NOT_ASKED:
            request["answers"].pop(code, None)
        else:
            request["answers"][code] = given
    return request


def must_not_be_clear(rules, request):
    answers = request["answers"]
    excluded = any(answers.get(code) == value for code, value in ARTICLE.items())
    unasked = any(answers.get(code, "unknown") == "unknown" for code in factors(rules))
    return bool(excluded or unasked or request.get("medications") or request.get("allergies"))


def false_clears(rules, requests, *, seen_as=lambda request: request):
    """The requests that the table excludes and the engine lets through. `seen_as`: a planted fault."""
    wrong = []
    for request in requests:
        verdict = screen(seen_as(request), rule_set=rules).verdict
        if must_not_be_clear(rules, request) and verdict in (Verdict.CLEAR, Verdict.CAUTION):
            wrong.append(request)
    return wrong


def single_deviations(rules):
    return [
        answered(rules, {code: value})
        for code, value in product(factors(rules), ("yes", "unknown", NOT_ASKED))
    ]


def pairwise_rows(rules, dice):
    """Rows of four answers to every question in which any two answers meet."""
    codes, values = factors(rules), ("yes", "no", "unknown", NOT_ASKED)
    open_pairs = {
        (one, other, a, b)
        for one, other in combinations(codes, 2)
        for a, b in product(range(4), repeat=2)
    }
    while open_pairs:
        row = {code: dice.randrange(4) for code in codes}
        open_pairs -= {(one, other, row[one], row[other]) for one, other in combinations(codes, 2)}
        yield answered(rules, {code: values[at] for code, at in row.items()})


def few_deviations(rules, dice, count):
    """Nearly healthy patients: none to three other answers, now and then a medicine or an allergy."""
    codes = factors(rules)
    for _number in range(count):
        row = {
            code: dice.choice(("yes", "unknown", NOT_ASKED))
            for code in dice.sample(codes, dice.randrange(4))
        }
        request = answered(rules, row)
        if dice.random() < 0.2:
            text = dice.choice([*BLOOD_THINNERS, *CANCER_DRUGS])
            request |= {
                "medications": [{"text": text, "status": "current"}],
                "medications_none": False,
            }
        if dice.random() < 0.2:
            request |= {
                "allergies": [{"text": dice.choice(ALLERGIES), "severity": "severe"}],
                "allergies_none": False,
            }
        yield request


@in_both_versions
def test_the_complete_healthy_request_is_clear(rules):
    assert screen(complete(rules), rule_set=rules).verdict is Verdict.CLEAR


@in_both_versions
def test_one_answer_that_is_no_explicit_no_is_never_cleared(rules):
    requests = single_deviations(rules)

    assert len(requests) > 200
    assert false_clears(rules, requests) == []


@in_both_versions
def test_no_two_answers_together_clear_whom_the_article_excludes(rules):
    assert false_clears(rules, pairwise_rows(rules, random.Random(SEED))) == []


@in_both_versions
def test_nobody_is_cleared_whom_the_article_excludes(rules):
    assert false_clears(rules, few_deviations(rules, random.Random(SEED), 1_000)) == []


@pytest.mark.slow
@in_both_versions
def test_nobody_of_twenty_thousand_is_cleared_whom_the_article_excludes(rules):
    assert false_clears(rules, few_deviations(rules, random.Random(SEED + 1), 20_000)) == []


# -- negative controls: the table sees what a broken engine would let through ------------------


def unknown_as_no(request):
    changed = copy.deepcopy(request)
    for code, value in changed["answers"].items():
        if value == "unknown":
            changed["answers"][code] = "no"
    return changed


def without_medicines(request):
    return request | {"medications": [], "medications_none": True}


@pytest.mark.parametrize("fault", [unknown_as_no, without_medicines])
@in_both_versions
def test_the_table_sees_a_planted_fault(rules, fault):
    requests = [
        *single_deviations(rules),
        *few_deviations(rules, random.Random(SEED), 300),
    ]
    assert false_clears(rules, requests, seen_as=fault)


@pytest.mark.parametrize("code", sorted(ARTICLE))
@in_both_versions
def test_the_table_sees_each_exclusion_that_is_overlooked(rules, code):
    def overlooked(request):
        changed = copy.deepcopy(request)
        changed["answers"][code] = "no"
        return changed

    assert false_clears(rules, [answered(rules, {code: "yes"})], seen_as=overlooked)
