"""Every "no" of adverse events."""

from clinic.refusals import Refused


class WrongEvent(Refused):
    status = 422
    code = "wrong_event"


class NotAllowed(Refused):
    status = 403
    code = "not_allowed"
