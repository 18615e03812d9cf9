"""Why a lot is not drawn, as a sentence with its numbers."""

from decimal import Decimal

from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime

from clinic.amounts import plain
from cocktails.stock.queries import LotOnShelf
from cocktails.stock.terms import LotProblem


def explain(problem: LotProblem, one: LotOnShelf, needed_ml: Decimal) -> str:
    use_before = one.state.vial_use_before
    return str(problem.label) % {
        "lot": one.lot.number,
        "product": one.lot.product.name,
        "expires": date_format(one.lot.expires_on, "SHORT_DATE_FORMAT"),
        "use_before": date_format(localtime(use_before), "SHORT_DATETIME_FORMAT")
        if use_before
        else "–",
        "left": number_format(one.left_ml),
        "needed": number_format(plain(needed_ml)),
    }
