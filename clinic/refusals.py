"""A "no" with words for the reader."""

from django.utils.functional import Promise


class Refused(Exception):
    """Something may not be done now, for a reason the reader can act on.

    The message is translated text for people. Views turn it into a form error or a page with
    `status`; whatever is not a `Refused` is a bug and stays a 500.
    """

    status = 409
    code = "refused"

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
