"""Why a file is not imported: which row, which column, what is wrong. In words for the reader."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from clinic.refusals import Refused


class ImportFailed(Refused):
    """Nothing of the file was imported. `row` and `column` say where to look."""

    status = 422
    code = "import_failed"

    def __init__(
        self, problem: Any, *, row: str = "", column: str = "", said: str = "", file: str = ""
    ) -> None:
        self.row = row
        self.column = column
        self.said = said
        self.problem = problem
        self.file = file
        super().__init__(problem)

    def __str__(self) -> str:
        return str(self._sentence())

    def _sentence(self) -> Any:
        if self.row and self.column:
            return _("%(row)s, column “%(column)s”: %(problem)s Nothing was imported.") % {
                "row": self.row, "column": self.column, "problem": self.problem,
            }  # fmt: skip
        if self.row:
            return _("%(row)s: %(problem)s Nothing was imported.") % {
                "row": self.row, "problem": self.problem,
            }  # fmt: skip
        return _("%(problem)s Nothing was imported.") % {"problem": self.problem}


class FileTooLarge(ImportFailed):
    """The file, one line of it, or what its archive unpacks to is larger than it may be."""

    status = 413
    code = "archive_too_large"


class UnknownFile(ImportFailed):
    """Nothing that the import can read."""

    code = "unknown_file"


class NobodyThere(UnknownFile):
    """Health records of hospitals and staff, as exports put beside those of patients."""
