"""A "no" with words for the reader."""

from django.utils.functional import Promise


class Refused(Exception):
    """Something may not be done now, for a reason the reader can act on.

    The message is translated text for people. Views turn it into a form error or a page with
    `status`; whatever is not a `Refused` is a bug and stays a 500.
    """

    status = 409
    code = "refused"
    retry_after = 0  # seconds after which it may be done, where that is known
    leads_to = ""  # the address of the page on which the reader can do it all the same

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message)
        self.message = message

    def __str__(self) -> str:
        return str(self.message)
