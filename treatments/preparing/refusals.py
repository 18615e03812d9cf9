"""Every "no" of preparing."""

from clinic.refusals import Refused


class NotPrepared(Refused):
    code = "not_prepared"
