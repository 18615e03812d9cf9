"""The slip for whoever has no e-mail: clinic, address, QR code and until when. No name, no health."""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from clinic.pdf import render_pdf
from clinic.qr import qr_picture


@dataclass(frozen=True)
class Slip:
    """What stands on the paper. `picture`: the QR code as the address of a picture."""

    title: str
    clinic: str
    phone: str
    address: str
    picture: str
    valid_until: str
    language: str


def slip_of(address: str, *, valid_until: datetime, language: str) -> Slip:
    """In the language of the patient, who takes it home."""
    with translation.override(language):
        return Slip(
            title=_("Please open this page before your visit"),
            clinic=settings.CLINIC_NAME,
            phone=settings.CLINIC_PHONE,
            address=address,
            picture=qr_picture(address),
            valid_until=until_when(valid_until),
            language=language,
        )


def until_when(valid_until: datetime) -> str:
    """Day and hour, in the language of whoever reads: the link ends with the minute."""
    return date_format(timezone.localtime(valid_until), "DATETIME_FORMAT")


def slip_pdf(slip: Slip) -> HttpResponse:
    """Raises clinic.pdf.PdfUnavailable where none can be made."""
    with translation.override(slip.language):
        content = render_pdf(
            render_to_string("patients/phone_intake/slip.html", {"slip": slip}),
            title=f"{slip.title} - {slip.clinic}",
            language=slip.language,
        )
    response = HttpResponse(content, content_type="application/pdf")
    # The name must not say whose it is: downloads lie around on shared computers.
    response["Content-Disposition"] = 'inline; filename="page.pdf"'
    return response
