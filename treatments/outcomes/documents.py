"""The board as a file, and the progress report that a patient takes home.

The board shows the groups in numbers, and nothing of anybody. The report shows what was seen and
measured, a rise as plainly as a fall, and promises nothing; photographs are printed only when somebody
chose them and while the patient's consent to photographs stands.
"""

import csv
from base64 import b64encode
from collections.abc import Sequence
from io import StringIO
from uuid import UUID

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from clinic.pdf import render_pdf
from clinic.refusals import Refused
from patients.records.models import Patient
from treatments.analysis.map_pictures import ShownView
from treatments.analysis.queries import shown_map
from treatments.outcomes import terms
from treatments.outcomes.board import Board
from treatments.outcomes.queries import outcome_of
from treatments.outcomes.rules import Group
from treatments.photographs.models import Photograph
from treatments.photographs.queries import album, may_photograph, opened
from treatments.photographs.terms import Size
from treatments.plans.models import TreatmentPlan

MOST_PHOTOGRAPHS = 6

# What a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def board_as_csv(board: Board) -> bytes:
    """UTF-8 with its mark, so that a spreadsheet reads the letters; numbers with a point."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [
            _("Grouped by"), _("Group"), _("Completed courses"), _("Stopped courses"),
            _("mMASI before"), _("mMASI after"), _("Mean change"),
            _("95% interval from"), _("95% interval to"),
        ]
    )  # fmt: skip
    if board.everybody is not None:
        writer.writerow([_("All"), _("All"), *_numbers(board.everybody.group)])
    for table in board.tables:
        for each in table.groups:
            writer.writerow([table.grouping.label, _plain(each.label), *_numbers(each.group)])
    return text.getvalue().encode("utf-8-sig")


def _numbers(group: Group[str]) -> list[object]:
    change = group.change
    return [
        group.count, group.drop_outs, group.before, group.after, change.mean, change.low,
        change.high,
    ]  # fmt: skip


def _plain(label: str) -> str:
    return f"'{label}" if label.startswith(_FORMULA) else label


class NoSuchPhotograph(Refused):
    """A chosen photograph cannot be printed: withdrawn, another patient's, or without consent."""

    status = 422
    code = "no_such_photograph"


def photographs_to_choose(patient: Patient) -> list[Photograph]:
    """The photographs that may be printed, the earliest of a view first; none without consent."""
    if not may_photograph(patient):
        return []
    return [each for row in album(patient).rows for each in row.photographs]


def report_pdf(patient: Patient, plan_id: UUID, chosen: Sequence[UUID]) -> bytes:
    """Return the report of one course in the patient's language, with the chosen photographs.

    Raises NoSuchPhotograph, TreatmentPlan.DoesNotExist, and clinic.pdf.PdfUnavailable where no PDF can be made.
    """
    offered = {each.pk: each for each in photographs_to_choose(patient)}
    if len(chosen) > MOST_PHOTOGRAPHS:
        raise NoSuchPhotograph(terms.TOO_MANY_PHOTOGRAPHS % {"most": MOST_PHOTOGRAPHS})
    if not set(chosen) <= set(offered):
        raise NoSuchPhotograph(terms.NO_SUCH_PHOTOGRAPH)
    with translation.override(patient.language):
        # Read here: its words are those of the language in which it is read.
        outcome = outcome_of(patient, plan_id)
        title = _("Your course so far")
        context = {
            "patient": patient,
            "outcome": outcome,
            "measures": [
                (shown, terms.IN_PLAIN_WORDS[shown.series.measure]) for shown in outcome.shown
            ],
            "views": _map(outcome.plan),
            "photographs": [(each, _picture(each)) for pk, each in offered.items() if pk in chosen],
            "title": title,
            "language": patient.language,
            "clinic": settings.CLINIC_NAME,
            "phone": settings.CLINIC_PHONE,
        }
        return render_pdf(
            render_to_string("treatments/outcomes/report.html", context),
            title=f"{title} - {settings.CLINIC_NAME}",
            language=patient.language,
        )


def _map(plan: TreatmentPlan | None) -> list[ShownView]:
    """Where the spots were when the course was set."""
    return shown_map(plan.analysis) if plan and plan.analysis else []


def _picture(photograph: Photograph) -> str:
    """The photograph as the address of a picture: the renderer fetches nothing."""
    with opened(photograph, Size.SCREEN) as file:
        return f"data:image/jpeg;base64,{b64encode(file.read()).decode()}"
