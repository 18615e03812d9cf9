"""Every "no" of the stock."""

from collections.abc import Sequence

from clinic.refusals import Refused


class WrongEntry(Refused):
    status = 422
    code = "wrong_entry"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"


class NotNow(Refused):
    """The lot is not in a state in which this can be done."""

    code = "lot_state"


class CannotDraw(Refused):
    """`reasons`: why, lot by lot, each in words."""

    code = "cannot_draw"

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = list(reasons)


class TakenInAlready(Refused):
    code = "taken_in"
