"""What the page of an import shows, put together."""

from typing import Any

from patients.importing.forms import MappingForm
from patients.importing.models import PatientImport
from patients.importing.queries import errors_file, files_of, progress
from patients.importing.refusals import ImportFailed
from patients.importing.tables import table_of
from patients.importing.terms import ImportStep


def headers_of(an_import: PatientImport) -> tuple[str, ...]:
    try:
        return table_of(files_of(an_import)[0]).headers if an_import.is_table else ()
    except (ImportFailed, OSError):
        return ()


def is_on_its_way(an_import: PatientImport) -> bool:
    return an_import.step in (ImportStep.UPLOADED, ImportStep.WAITING, ImportStep.RUNNING)


def may_start(an_import: PatientImport) -> bool:
    """A file that was read to its end and has somebody in it."""
    checked = an_import.step == ImportStep.CHECKED and not an_import.problem
    return checked and bool(an_import.counts.get("patients"))


def progress_of(an_import: PatientImport) -> dict[str, Any]:
    done = progress(an_import.pk)
    being_read = an_import.step == ImportStep.UPLOADED
    return {"import": an_import, "done": done, "total": an_import.total, "being_read": being_read}


def contents(an_import: PatientImport) -> dict[str, Any]:
    shown = progress_of(an_import) | {
        "counts": an_import.counts,
        "on_its_way": is_on_its_way(an_import),
        "checked": an_import.step == ImportStep.CHECKED,
        "may_start": may_start(an_import),
        "may_undo": an_import.step == ImportStep.DONE,
        "has_errors": errors_file(an_import) is not None,
    }
    if an_import.is_table and an_import.step == ImportStep.CHECKED:
        table = table_of(files_of(an_import)[0], an_import.mapping)
        initial = MappingForm.initial_of(table.headers, an_import.mapping)
        form = MappingForm(headers=table.headers, initial=initial)
        shown |= {"form": form, "table": table}
    return shown
