"""What of an imported record holds on a day: which orders, which illnesses, which allergies.

Pure. An order counts when it was authored on or before the day, is active, and is not ended or
superseded by then (issue 3, point 10; docs/rules/importing.md). Where a record leaves a doubt, the
medicine counts as taken: a forgotten anticoagulant does more harm than a question too many.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from patients.importing.coded import Illness, Intolerance, Order
from patients.importing.terms import ConditionState, Use

# "unknown": nobody said that it was stopped.
_TAKEN = frozenset({"active", "unknown", ""})
# Proposals and options are no prescriptions; a plan is how own medicines are often recorded.
_NOT_PRESCRIBED = frozenset({"proposal", "option"})
_NEVER_TAKEN = frozenset({"cancelled", "draft", "not-taken", "intended"})
_ENTERED_IN_ERROR = "entered-in-error"
_GONE = frozenset({"resolved", "inactive", "remission"})
_REFUTED = frozenset({"refuted", _ENTERED_IN_ERROR})
# How sure a record must be that a medicine was replaced by another order.
_REPLACES = frozenset({"active", "completed", "stopped", "on-hold", "unknown", ""})


def known_on(order: Order, day: date) -> bool:
    """Whether the order stood in the record on `day` at all. What has no date always did."""
    if order.status == _ENTERED_IN_ERROR:
        return False
    return order.authored is None or order.authored <= day


def was_taken(order: Order) -> bool:
    """Whether the medicine can ever have been taken by this order."""
    if order.never_taken or order.intent in _NOT_PRESCRIBED:
        return False
    return order.status not in _NEVER_TAKEN


def use_on(order: Order, day: date, *, superseded: frozenset[str]) -> Use:
    """Whether a known order is active or stopped on `day`."""
    if not was_taken(order) or order.status not in _TAKEN:
        return Use.STOPPED
    if order.starts is not None and order.starts > day:
        return Use.STOPPED
    if order.ends is not None and order.ends < day:
        return Use.STOPPED
    return Use.STOPPED if order.key in superseded else Use.ACTIVE


def superseded_on(
    orders: Iterable[Order], day: date, *, products: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the keys of the orders that a later one has replaced by `day`.

    Either the later order says so, or it is a later *active* order of the same product
    (`products`: key -> what identifies the product). A later order that was stopped replaces
    nothing by itself: the earlier one may still be taken.
    """
    known = [order for order in orders if known_on(order, day) and was_taken(order)]
    replaced = {
        key
        for order in known
        if order.status in _REPLACES and (order.starts is None or order.starts <= day)
        for key in order.replaces
    }
    running = [
        order
        for order in known
        if order.key not in replaced and use_on(order, day, superseded=frozenset()) is Use.ACTIVE
    ]
    newest: dict[frozenset[str], Order] = {}
    for order in running:
        product = products.get(order.key, frozenset())
        if not product:
            continue
        other = newest.get(product)
        if other is None:
            newest[product] = order
        elif (order.authored or date.min) > (other.authored or date.min):
            replaced.add(other.key)
            newest[product] = order
        elif (order.authored or date.min) < (other.authored or date.min):
            replaced.add(order.key)
    return frozenset(replaced)


def state_on(illness: Illness, day: date) -> ConditionState | None:
    """Return whether an illness is there or over on `day`; None: it does not belong to the record."""
    if illness.verification in _REFUTED or (illness.began is not None and illness.began > day):
        return None
    if illness.ended is not None:
        return ConditionState.RESOLVED if illness.ended <= day else ConditionState.ACTIVE
    if illness.over or illness.clinical in _GONE:
        return ConditionState.RESOLVED
    return ConditionState.ACTIVE


def allergy_state_on(allergy: Intolerance, day: date) -> ConditionState | None:
    """Return whether an allergy holds on `day`; None: refuted, an error, or not yet known."""
    if allergy.verification in _REFUTED or (allergy.began is not None and allergy.began > day):
        return None
    if allergy.clinical in _GONE:
        return ConditionState.RESOLVED
    return ConditionState.ACTIVE


_SEVERITIES: Mapping[str, str] = {"mild": "mild", "moderate": "moderate", "severe": "severe"}
_ANAPHYLAXIS = ("anaphyla", "anafila")


def severity_of(allergy: Intolerance) -> str:
    """Return the severity in the words of screening; empty: nobody said, and somebody must ask."""
    if any(part in allergy.reaction.lower() for part in _ANAPHYLAXIS):
        return "anaphylaxis"
    if allergy.severity in _SEVERITIES:
        return _SEVERITIES[allergy.severity]
    return {"low": "mild", "high": "severe"}.get(allergy.criticality, "")


def latest(days: Sequence[date | None]) -> date | None:
    return max((day for day in days if day is not None), default=None)
