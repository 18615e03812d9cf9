"""The patient's copy on paper: the text as shown, the decision, the signature, date and version."""

from base64 import b64encode
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.utils import translation

from clinic.pdf import render_pdf
from patients.consents.models import ConsentDecision
from patients.consents.queries import LABELS, TextInForce
from patients.consents.rules import HEIGHT, WIDTH, Strokes, blocks, svg_path, title_of
from patients.consents.subjects import ConsentSubject
from patients.records.models import Patient


def copy_pdf(decision: ConsentDecision) -> bytes:
    """Return the PDF of one decision, in the language in which it was decided.

    Raises clinic.pdf.PdfUnavailable where none can be made.
    """
    language = decision.text.language if decision.text else decision.patient.language
    with translation.override(language):
        text = decision.text.text if decision.text else ""
        title = title_of(text) or str(LABELS[decision.kind])
        return _pdf(
            title,
            language,
            {
                "patient": decision.patient,
                "decision": decision,
                "lines": decision.about_lines,
                "blocks": blocks(text)[1:],
                "signature": drawn(decision.signature),
                "version": decision.text.version if decision.text else "",
            },
        )


def blank_pdf(patient: Patient, text: TextInForce, subject: ConsentSubject | None) -> bytes:
    """Return the text in force with empty lines, for whoever signs on paper."""
    with translation.override(text.language):
        return _pdf(
            title_of(text.text),
            text.language,
            {
                "patient": patient,
                "decision": None,
                "lines": subject.lines if subject else (),
                "blocks": blocks(text.text)[1:],
                "version": text.version,
            },
        )


def pdf_response(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    # The name must not say whose it is, or about what: downloads lie around on shared computers.
    response["Content-Disposition"] = 'inline; filename="consent.pdf"'
    return response


def drawn(strokes: Strokes) -> str:
    """A signature as the address of a picture. Only numbers of ours stand in it."""
    if not strokes:
        return ""
    picture = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" fill="none"'
        ' stroke="#000" stroke-width="6" stroke-linecap="round" stroke-linejoin="round">'
        f'<path d="{svg_path(strokes)}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"


def _pdf(title: str, language: str, context: dict[str, Any]) -> bytes:
    context |= {
        "title": title,
        "language": language,
        "clinic": settings.CLINIC_NAME,
        "phone": settings.CLINIC_PHONE,
    }
    return render_pdf(
        render_to_string("patients/consents/copy.html", context),
        title=f"{title} - {settings.CLINIC_NAME}",
        language=language,
    )
