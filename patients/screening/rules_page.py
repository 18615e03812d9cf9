"""docs/rules/screening.md from the data: every rule with its words, source and certainty.

Pure. `python -m patients.screening.rules_page` writes the page; a test keeps it equal.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from patients.screening.gates import SHORTEST_REASON
from patients.screening.plan_reading import CREAM_SHARE, LIDOCAINE_MG, LIDOCAINE_MG_PER_KG
from patients.screening.rule_files import load_rule_set
from patients.screening.rule_set import Case, Rule, RuleSet
from patients.screening.terms import Override, Severity

PAGE = Path(__file__).parents[2] / "docs" / "rules" / "screening.md"

_MAY = {
    Override.NONE: "nobody",
    Override.REASON: f"the physician, with a written reason of at least {SHORTEST_REASON} characters",
    Override.TICK: "ticked as seen",
}

INTRODUCTION = f"""\
# Screening: who may be treated today, and why not

This page is written by `python -m patients.screening.rules_page` from the shipped clinical data
(version {{version}}, {{released_on}}); a test keeps it equal. The physician of the clinic approves the
rules and may change them. The software never diagnoses and never tells anyone to stop a medicine.

## How a verdict comes about

A request (answers, medicines, allergies, procedures, plan, day) is read; whatever cannot be read is
*unanswered* or *unrecognised*, never a no. Every rule is tested on what was read. Then:

1. **refuse**: an absolute finding about the whole procedure;
2. otherwise **hold**: a temporary or relative finding, an absolute one about a region, an ingredient
   or a step, or anything unanswered or unrecognised;
3. otherwise **caution**: cautions only;
4. otherwise **clear**.

With a hold, *earliest on* is the latest of the days on which temporary findings clear: not before
this day, and screened again then. Of several cases of one rule that hold for one target the
strongest is reported, with its latest day.

| severity | what the physician may do |
|---|---|
| absolute | nothing by text: the area, the step, the cocktail or the day changes |
| temporary | wait for the day shown; a written reason only where the rule says so |
| relative | decide, with a written reason of at least {SHORTEST_REASON} characters |
| caution | tick as seen |

A decision of the physician is kept beside the verdict and never changes it.

Two laws hold for all inputs and are tested on generated ones (`patients/screening/tests/laws.py`; by
hand: `python -m patients.screening.tests.laws 100000 [version]`). *Monotonic*: a further reason for
care, an unknown or a further rule never makes the verdict milder, nor a wait shorter. *Total*: every
input has exactly one answer; a fault of the engine is a hold. Version 1 has one known exception to
the first: an illness in the patient's own words also answers its question, so it can clear what was
unanswered.

## What a missing word means

- Gloves that nobody named are latex. A procedure without an area may have been anywhere.
- A medicine without a status is taken now; one without a start has been taken long enough.
- Age or sex not told: pregnancy is asked.
- A leaflet that nobody read is asked for where a product may hold what harms this patient.
- An empty cocktail is a plan not chosen yet, not an unanswered question.
- An illness in the patient's own words speaks for the rules and leaves its question open.
- `no_other_illness`: the patient was asked for any other illness and said none. Silence is not that.
- A question about a medicine is asked for each medicine: one yes is a yes, a no needs all of them.

## Regions

Regions run into each other; what is said of one holds for its neighbours, for answers and for past
procedures, one step far: {{overlaps}}.

- `region in list`: the region under test, or one that runs into it, is listed.
- `anywhere in list`: any region is listed, also one that nobody plans to treat.
- `outside in list`: a region is listed that no planned region runs into.
- `list except cleared`: without the regions that the second list names. A list that clears names its
  regions one by one; "yes, everywhere" says nothing.

A spot that changed or looks suspicious blocks its area until the *result* of an examination is
written into `spot_cleared_by_exam`. It is given again for each session, so that an old result does
not clear a new change.

## Lidocaine

All sources count: the syringe, and {CREAM_SHARE} of the amide anaesthetic in a cream. The limit is
{LIDOCAINE_MG_PER_KG} mg per kg, at most {LIDOCAINE_MG} mg; without a weight {LIDOCAINE_MG} mg, and the weight is asked.
With lidocaine in the syringe the limit blocks; a cream alone above it is a caution, and blocked only
above 1,500 mg (60 g of EMLA). Once any dose is prepared, the grams of an amide cream are asked.

## Names of medicines and allergens

Texts are folded (İ, I and ı are one letter, accents do not count) and searched from the left for the
longest known name. A near miss is offered and never taken. A plain word for many medicines counts
as its class and still asks for the name. Everyday words that are also brands count only alone. What
the text says about time or about not taking it is not read: status, dates and answers say that.

## The short form of the day

Which line speaks for which question is data (`rescreen.json`). A line about today that is answered
no is an explicit no to each question behind it. A line about what is new confirms what was said and
never writes no over it. A no never erases a day on which something happened, and does not say when
something healed that was there last time: that is asked. A new illness is written down by its name;
until then nothing was said of illnesses today.

## Booking ahead and signing

What is asked on the day, and a cocktail or step not chosen yet, does not hold a booking. A finding
with a day is bookable from that day. Every other hold and refuse blocks a treatment appointment. A
session can be signed when nothing absolute, unanswered or unrecognised is left, every finding that
needs a reason has one and every caution is ticked.

## Weak points, for the physician who approves the rules

- No prospective study of screening rules for cosmetic mesotherapy is known. The international
  consensus of 2025 (J Clin Med 2025;14:4689, question 17) should be compared with this list.
- Most numbers of days are conventions [C]; no trial set them.
- Labels of tranexamic acid, lidocaine and vitamin C were written for doses 10 to 1000 times larger
  than intradermal ones: they are applied because the benefit is only cosmetic.
- R-ANTIPLATELET as relative softens the founding article's "blood thinners"; a clinic that reads the
  article to the letter changes the rule to absolute on its page of rules.
- R-CLOT-DISORDER reads the article's "clotting disorders" as those that clot too easily, too; a clinic
  may change it to relative.
- R-ISOTRETINOIN keeps the traditional 6 months, against two consensus papers of 2017.
- R-ALLERGY-PDRN-FISH rests on the origin of the material, not on reported reactions.
- Sulodexide, pentosan and thrombolytics give R-ANTICOAG and, for their effect, R-BLEED-MINOR as well.
- Liver disease, phenylketonuria and homocystinuria are asked on the day, when the cocktail makes them
  matter, of whoever did not say that there is no other illness: nobody else is asked.

## Left for the physician

The second reading doubted these and did not decide. They stand as they were; the page of rules is
where the physician changes them.

- R-BLEED-QUERY and R-TXA-SYSTEMIC are cautions; relative may fit better.
- Phenprocoumon acts longer than other blood thinners: 14 days may fit better than 7.
- The limits of magnesium do not say whether they mean the salt or the element.
- Procaine: some ampoules may hold sulfite; the leaflet is not asked for.
- Sarcoidosis has no rule.

## Certainty
"""


def rules_page(rule_set: RuleSet) -> str:
    """Return the page for one version of the clinical data."""
    return "\n".join(_lines(rule_set)) + "\n"


def _lines(rule_set: RuleSet) -> Iterator[str]:
    yield INTRODUCTION.format(
        version=rule_set.version, released_on=rule_set.released_on, overlaps=_overlaps(rule_set)
    )
    yield "| mark | meaning |"
    yield "|---|---|"
    for mark, meaning in rule_set.certainty_marks.items():
        yield f"| [{mark}] | {meaning} |"
    yield ""
    yield f"## The {len(rule_set.rules)} rules"
    yield ""
    yield "| rule | what it is | weighs | about |"
    yield "|---|---|---|---|"
    for rule in rule_set.rules:
        weighs = ", ".join(severities(rule))
        yield f"| [{rule.id}](#{rule.id.lower()}) | {rule.title.en} | {weighs} | {rule.scope} |"
    for rule in rule_set.rules:
        yield ""
        yield from _rule(rule)
    if rule_set.changes:
        yield ""
        yield from _changes(rule_set)


def _overlaps(rule_set: RuleSet) -> str:
    pairs = {
        " and ".join(sorted((region, other)))
        for region, near in rule_set.vocabulary.around.items()
        for other in near
        if other != region
    }
    return ", ".join(sorted(pairs)) or "none"


def _changes(rule_set: RuleSet) -> Iterator[str]:
    yield f"## Where version {int(rule_set.version) - 1} differs"
    yield ""
    yield "Each correction with the number under which the second reading lists it, and what it touches."
    yield ""
    yield "| item | why | touches |"
    yield "|---|---|---|"
    for change in rule_set.changes:
        touched = "; ".join(
            f"{kind}: {', '.join('further names' if name == '*' else name for name in names)}"
            for kind, names in change.touches.items()
        )
        yield f"| {change.item} | {change.reason.en} / {change.reason.tr} | {touched} |"


def severities(rule: Rule) -> list[Severity]:
    """Return the severities the rule can have, strongest first."""
    found = {case.severity for case in rule.cases}
    return sorted(found, key=lambda severity: -severity.rank)


def _rule(rule: Rule) -> Iterator[str]:
    yield f"### {rule.id}"
    yield ""
    yield f"**{rule.title.en}** / **{rule.title.tr}**"
    yield ""
    for case in rule.cases:
        yield f"- {case.severity}{_target(case)}: `{case.when}`{_clears(case)}"
    yield f"- What clears it: {rule.clears.en} / {rule.clears.tr}"
    if rule.note.en:
        yield f"- Note: {rule.note.en} / {rule.note.tr}"
    for severity in severities(rule):
        yield f"- Overridden when {severity}: {_MAY[rule.override[severity]]}"
    yield f"- Source: {rule.source}"
    yield f"- Certainty: {rule.confidence}"


def _target(case: Case) -> str:
    if case.target is None:
        return ""
    if case.target.startswith("$"):
        return f", for each {case.target[1:]}"
    return f", for {case.target}"


def _clears(case: Case) -> str:
    if case.clears is None:
        return ""
    if case.clears.start == "gap_end":
        return "; clears at the end of the gap"
    return f"; clears {case.clears.days} days after {case.clears.start}"


if __name__ == "__main__":
    PAGE.write_text(rules_page(load_rule_set(*sys.argv[1:])), encoding="utf-8")
