"""The words of the stock: what moves a lot, what keeps it from being drawn, what a reader is told."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class MovementKind(TextChoices):
    RECEIVED = "received", _("Received")
    OPENED = "opened", _("Vial opened")
    DRAWN = "drawn", _("Drawn for a session")
    DISCARDED = "discarded", _("Discarded")
    CORRECTED = "corrected", _("Corrected after a count")
    COUNTED = "counted", _("Counted, as on record")
    RECALLED = "recalled", _("Recalled")
    RELEASED = "released", _("Released again")


class LotProblem(TextChoices):
    """Why nothing is drawn from a lot; the label says what helps."""

    RECALLED = "recalled", _("Lot %(lot)s of %(product)s is recalled. Take another lot.")
    EXPIRED = "expired", _("Lot %(lot)s of %(product)s expired on %(expires)s. Take another lot.")
    VIAL_PAST = (
        "vial_past",
        _(
            "The opened vial of lot %(lot)s of %(product)s had to be used by %(use_before)s. "
            "Discard its remainder on the page of the lot, or take another lot."
        ),
    )
    USED_UP = "used_up", _("Lot %(lot)s of %(product)s is used up. Take another lot, or count it.")
    TOO_LITTLE = (
        "too_little",
        _(
            "Lot %(lot)s of %(product)s has %(left)s ml left and %(needed)s ml are needed. "
            "Take another lot, or count it."
        ),
    )


class Notice(TextChoices):
    """What the stock list points at."""

    RECALLED = "recalled", _("Recalled")
    EXPIRED = "expired", _("Expired")
    EXPIRES_SOON = "expires_soon", _("Expires soon")
    VIAL_PAST = "vial_past", _("Opened vial past its time")
    LOW = "low", _("Low stock")


# A lot that ends within these days is pointed at, so that it is used first or ordered anew.
SOON_DAYS = 60
MOST_UNITS = 10_000
LINES_SHOWN = 300  # of a lot's ledger
LONGEST_NUMBER = 40

NOT_ON_RECORD = _(
    "Lot %(lot)s of %(product)s is not on record. Choose a lot that is, or receive this one first."
)
OTHER_PRODUCT = _("This code is %(found)s, and the cocktail needs %(needed)s.")
NO_LOT_IN_CODE = _("This code names a product but no lot. Scan the code that holds the lot.")
NUMBER_TOO_LONG = _("A lot number has at most %(most)s characters.")
NUMBER_NEEDED = _("Write or scan the lot number.")
OTHER_EXPIRY = _("Lot %(lot)s is on record with the expiry %(expires)s. Check the ampoule.")
EXPIRED_AT_RECEIPT = _("This lot expired on %(expires)s. Send it back.")
UNITS_NEEDED = _("Write how many ampoules: a whole number from 1 to %(most)s.")
REASON_NEEDED = _("Write why, in at least %(least)s characters.")
NOT_RECALLED = _("This lot is not recalled.")
RECALLED_ALREADY = _("This lot is recalled already.")
NOT_MULTI_DOSE = _("This product is for single use: an ampoule is opened when it is drawn.")
VIAL_OPEN = _("A vial of this lot is open already. Use it up or discard its remainder first.")
NO_VIAL_OPEN = _("No vial of this lot is open.")
NOTHING_LEFT = _("Nothing of this lot is left.")
MORE_THAN_LEFT = _("Only %(left)s of this lot are left.")
COUNT_IMPOSSIBLE = _("This count is not possible: an opened vial holds at most %(most)s ml.")
NOT_ALLOWED = _("Your role may not do this with the stock.")
KNOWN_FOR_OTHER = _("The code %(gtin)s is known as %(product)s.")

NOT_A_CODE = _("The scanned code cannot be read: %(why)s Type the lot number from the ampoule.")
WRONG_CHECK_DIGIT = _("the last digit of the product number %(gtin)s is wrong.")
CUT_OFF = _("it ends within the part (%(part)s).")
NOT_DIGITS = _("the part (%(part)s) is not made of digits.")
NO_SUCH_DAY = _("the part (%(part)s) is not a date.")
UNKNOWN_PART = _("the part that begins with “%(part)s” is not known.")
PART_TOO_LONG = _("the part (%(part)s) is too long; the scanner leaves the separators out.")
