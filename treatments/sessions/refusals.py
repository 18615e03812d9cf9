"""Every "no" of the treatment room."""

from clinic.refusals import Refused
from treatments.sessions.models import SessionDraft


class NotASigner(Refused):
    status = 403
    code = "not_a_signer"


class CertificateExpired(Refused):
    status = 403
    code = "certificate_expired"


class WrongPatient(Refused):
    code = "wrong_patient"


class RescreenNeeded(Refused):
    code = "rescreen_needed"


class NotComplete(Refused):
    """`reasons`: what still stands before the signature, each in words."""

    status = 422
    code = "not_complete"

    def __init__(self, message: str, reasons: list[str]) -> None:
        super().__init__(message)
        self.reasons = reasons


class SignedAlready(Refused):
    code = "signed"


class DraftChanged(Refused):
    """`draft`: what is stored now, to be shown beside what was typed."""

    code = "stale_version"

    def __init__(self, message: str, draft: SessionDraft) -> None:
        super().__init__(message)
        self.draft = draft


class NotOpen(Refused):
    code = "not_open"


class NotListed(Refused):
    status = 422
    code = "not_listed"


class AmendmentNeedsWords(Refused):
    status = 422
    code = "words_needed"


class WrongEnd(Refused):
    status = 422
    code = "wrong_end"
