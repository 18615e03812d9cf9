"""What is said of a change and of a review. A rise is said as plainly as a fall."""

from decimal import Decimal

from django.utils.formats import date_format, number_format

from treatments.outcomes import terms
from treatments.outcomes.rules import Found, Value
from treatments.outcomes.terms import Standing


def moved_words(fall_percent: Decimal | None) -> str:
    """ "fell by 56.6%", "rose by 12.0%"; nothing where there is no percent."""
    if fall_percent is None:
        return ""
    if fall_percent == 0:
        return str(terms.STAYED)
    words = terms.FELL if fall_percent > 0 else terms.ROSE
    return words % {"percent": number_format(abs(fall_percent))}


def found_words(found: Found, *, session_number: int, threshold_percent: int, is_over: bool) -> str:
    if found.standing is Standing.NOT_DUE:
        words = terms.NEVER_REACHED if is_over else terms.DUE_AFTER
        return words % {"number": session_number}
    if found.standing is Standing.SCORE_MISSING:
        return terms.MISSING_SAYS % {"why": found.missing.label if found.missing else ""}
    fall = found.fall_percent or Decimal(0)
    words = terms.FOUND_FELL if fall > 0 else terms.FOUND_ROSE if fall < 0 else terms.FOUND_STAYED
    return words % {"percent": number_format(abs(fall)), "threshold": threshold_percent}


def course_words(first: Value, last: Value, *, fall_percent: Decimal | None, sessions: int) -> str:
    """The whole curve in a sentence or two: for the page, and for whoever does not see the drawing."""
    if first is last:
        return terms.ONE_VALUE % {"value": number_format(first.value), "date": _day(first)}
    words = terms.FROM_TO_ALONE if fall_percent is None else terms.FROM_TO
    return words % {
        "before": number_format(first.value),
        "first": _day(first),
        "after": number_format(last.value),
        "last": _day(last),
        "moved": moved_words(fall_percent),
        "sessions": sessions,
    }


def _day(value: Value) -> str:
    return date_format(value.on, "SHORT_DATE_FORMAT")


def signed_words(value: Decimal) -> str:
    """With a real minus sign, and with its plus: a rise is not to be overlooked."""
    sign = "−" if value < 0 else "+" if value > 0 else ""
    return f"{sign}{number_format(abs(value))}"
