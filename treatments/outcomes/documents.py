"""The board as a file: the shown groups in numbers, and nothing of anybody."""

import csv
from io import StringIO

from django.utils.translation import gettext as _

from treatments.outcomes.board import Board
from treatments.outcomes.rules import Group

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
