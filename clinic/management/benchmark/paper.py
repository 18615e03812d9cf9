"""The aftercare sheet: drawn by us, and by the renderer alone from the same page."""

from django.template.loader import render_to_string

from clinic.management.benchmark.measuring import Work
from clinic.pdf import render_pdf
from treatments.aftercare.documents import read_sheet, sheet_pdf
from treatments.aftercare.models import AftercareSheet


def aftercare_pdf() -> Work:
    """A sheet that was never drawn before; the next reader gets the stored file."""
    sheet = AftercareSheet.objects.order_by("-issued_at")[0]
    page = render_to_string("treatments/aftercare/sheet.html", read_sheet(sheet.content))

    def ours() -> None:
        sheet.pdf = ""
        sheet_pdf(sheet)

    def limit() -> None:
        render_pdf(page, title="Sheet", language=sheet.language)

    return Work("aftercare_pdf", ours, limit, goal=1.2, rounds=10)
