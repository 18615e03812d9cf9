"""The mix sheet (A5) and the label of the syringe (70 x 37 mm) as PDF."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.pdf import render_pdf
from clinic.qr import qr_picture
from treatments.preparing.queries import Mix


def address_of(mix: Mix) -> str:
    """What the code on the paper says: where the session is, and nothing about it."""
    return settings.BASE_URL + reverse("preparing:open", args=[mix.session.pk])


def mix_sheet_pdf(mix: Mix) -> bytes:
    """Raises clinic.pdf.PdfUnavailable where none can be made."""
    return _drawn("treatments/preparing/mix_sheet.html", mix, _("Mix sheet"))


def label_pdf(mix: Mix) -> bytes:
    """Raises clinic.pdf.PdfUnavailable where none can be made."""
    return _drawn("treatments/preparing/label.html", mix, _("Syringe label"))


def _drawn(template: str, mix: Mix, title: str) -> bytes:
    language = get_language() or "en"
    address = address_of(mix)
    context = {
        "mix": mix,
        "title": title,
        "language": language,
        "clinic": settings.CLINIC_NAME,
        "address": address,
        "picture": qr_picture(address),
        "visit": mix.session.appointment,
    }
    return render_pdf(
        render_to_string(template, context),
        title=f"{title} - {settings.CLINIC_NAME}",
        language=language,
    )
