"""The marks of what stands in the grid, as text.

A template's loop over the visits of a week costs more than all the rest of the page, so what is drawn
hundreds of times is put together here, and the template places it. Whatever people typed is escaped.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from html import escape  # Django's asks each time whether its text is a promise
from typing import TYPE_CHECKING

from django.templatetags.static import static
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from treatments.calendar.blocks import Block, icons
from treatments.calendar.moving import FreeTime
from treatments.calendar.terms import LEGEND

if TYPE_CHECKING:
    from treatments.calendar.grid import Column
    from treatments.calendar.month import MonthDay


def columns(
    shown: Iterable["Column"], *, hours: Iterable[tuple[int, str]], move_prefix: str, nearest: str
) -> SafeString:
    """`nearest`: the free time where somebody begins who moves a visit by keys."""
    lines, prefix = _hour_lines(hours), escape(move_prefix)
    nothing = f'<p class="ms-cal-nothing">{escape(_("Nothing is booked."))}</p>'
    return SafeString(
        "".join(
            _column(column, number, lines, prefix, nearest, nothing)
            for number, column in enumerate(shown, start=1)
        )
    )


def _column(
    column: "Column", number: int, lines: str, prefix: str, nearest: str, nothing: str
) -> str:
    today = " ms-cal-today" if column.is_today else ""
    name = escape(column.name)
    if column.url:
        name = f'<a href="{escape(column.url)}">{name}</a>'
    note = f'<p class="ms-cal-note">{escape(column.note)}</p>' if column.note else ""
    refusal = f'<p class="ms-cal-refusal">{escape(column.refusal)}</p>' if column.refusal else ""
    now = (
        f'<span class="ms-cal-now ms-from-{column.now_row} ms-for-1" aria-hidden="true"></span>'
        if column.now_row
        else ""
    )
    return (
        f'<section class="ms-cal-column{today}" data-lanes="{column.lanes}" '
        f'aria-labelledby="column-{number}"><div class="ms-cal-head">'
        f'<h2 id="column-{number}">{name}</h2>{note}{column.add}</div>'
        f'<div class="ms-cal-rows" data-day="{column.iso}" data-column="{column.of or ""}">'
        f"{lines}{hatched((each.places, each.why) for each in column.hatched)}{refusal}{now}"
        f"{''.join(_block(block, prefix) for block in column.blocks)}"
        f"{_slots(column.free, nearest)}</div>"
        f"{'' if column.blocks else nothing}{_beside(column)}</section>"
    )


def _beside(column: "Column") -> str:
    """Who is away, and what gave its time back."""
    lines = [
        f'<li class="ms-cal-block" data-state="blocked"><span class="ms-cal-time">{block.clock}–'
        f"{block.until}</span><strong>{escape(block.name)}</strong>{state(block)}</li>"
        for block in column.absences
    ] + [
        f'<li class="ms-cal-block" data-state="{block.state}" id="visit-{block.id}">'
        f'<a class="ms-cal-open" href="{block.url}"><span class="ms-cal-time">{block.clock}</span> '
        f"<strong>{escape(block.name)}</strong> {state(block)}</a></li>"
        for block in column.beside
    ]
    return f'<ul class="ms-cal-beside">{"".join(lines)}</ul>' if lines else ""


def _block(block: Block, prefix: str) -> str:
    key = block.id
    inside = _inside(block)
    if not block.is_visit:
        return (
            f'<div class="ms-cal-block {block.places}" data-state="{block.state}">'
            f'<span class="ms-cal-open" tabindex="0">{inside}</span></div>'
        )
    opened = f'<a class="ms-cal-open" href="{block.url}">{inside}</a>'
    if not block.movable:
        return (
            f'<div class="ms-cal-block {block.places}" data-state="{block.state}" '
            f'id="visit-{key}">{opened}</div>'
        )
    return (
        f'<div class="ms-cal-block {block.places}" data-state="{block.state}" id="visit-{key}" '
        f'data-movable="{key}" data-version="{block.version}" data-minutes="{block.minutes}">'
        f'{opened}<a class="ms-cal-grip" draggable="false" href="{prefix}{key}" '
        f'aria-label="{escape(block.move)}"></a></div>'
    )


def _inside(block: Block) -> str:
    mark = f' <span class="ms-cal-mark">{block.mark}</span>' if block.mark else ""
    return (
        f'<span class="ms-cal-time">{block.clock}<span class="ms-cal-until">–{block.until}</span>'
        f"</span> <strong>{escape(block.name)}</strong> {state(block)}{mark} "
        f'<span class="ms-cal-sub">{escape(block.sub)}</span>'
    )


def state(block: Block) -> str:
    return (
        '<span class="ms-cal-state"><svg class="ms-icon" aria-hidden="true" focusable="false">'
        f'<use href="{block.icon}"></use></svg><span>{escape(block.word)}</span></span>'
    )


def _hour_lines(hours: Iterable[tuple[int, str]]) -> str:
    return "".join(
        f'<span class="ms-cal-hour ms-from-{row} ms-for-12" aria-hidden="true"></span>'
        for row, _clock in hours
    )


def clock(hours: Iterable[tuple[int, str]]) -> SafeString:
    return SafeString(
        "".join(f'<span class="ms-from-{row} ms-for-12">{hour}</span>' for row, hour in hours)
    )


def hatched(spans: Iterable[tuple[str, str]]) -> str:
    """Time that nobody can book; without words it is closed as always."""
    return "".join(
        f'<span class="ms-cal-closed {places}"><span>{escape(why)}</span></span>'
        if why
        else f'<span class="ms-cal-closed {places}" aria-hidden="true"></span>'
        for places, why in spans
    )


def _slots(free: Iterable[tuple[str, FreeTime]], nearest: str) -> str:
    """The free times as buttons; where somebody begins who chooses by keys is marked."""
    return "".join(
        f'<button class="ms-cal-slot {places}" name="slot" value="{time.value}" data-slot'
        f"{' data-first' if time.value == nearest else ''}>"
        f'<span class="ms-cal-time">{time.clock}</span> <span>{escape(time.room)}</span></button>'
        for places, time in free
    )


def options(choices: Iterable[tuple[str, str]], *, chosen: str) -> SafeString:
    return SafeString(
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
            f"{escape(label)}</option>"
            for value, label in choices
        )
    )


def legend() -> SafeString:
    """What each colour and icon says."""
    return _legend(get_language() or "")


@cache
def _legend(language: str) -> SafeString:
    icon = icons()
    return SafeString(
        "".join(
            f'<li data-state="{state}"><svg class="ms-icon" aria-hidden="true" focusable="false">'
            f'<use href="{icon[state]}"></use></svg><span>{escape(str(word))}</span></li>'
            for state, word in LEGEND
        )
    )


def add_link(url: str, label: str) -> str:
    return (
        f'<a class="ms-cal-add" href="{escape(url)}"><svg class="ms-icon" role="img" '
        f'aria-label="{escape(label)}" focusable="false">'
        f'<use href="{_sprite()}#plus"></use></svg></a>'
    )


@cache
def _sprite() -> str:
    return static("img/icons.svg")


def month_weeks(weeks: Iterable[Sequence["MonthDay"]]) -> SafeString:
    """The rows of the month: each day with how much stands on it."""
    closed, months = escape(_("Closed")), dict[int, str]()
    rows = []
    for week in weeks:
        for each in week:
            if each.day.month not in months:
                months[each.day.month] = escape(date_format(each.day, "F"))
        cells = "".join(_month_day(each, months[each.day.month], closed) for each in week)
        rows.append(f"<tr>{cells}</tr>")
    return SafeString("".join(rows))


def _month_day(each: "MonthDay", month: str, closed: str) -> str:
    other = "ms-month-other " if not each.in_month else ""
    shut = "ms-month-closed" if each.is_closed else ""
    today = ' aria-current="date"' if each.is_today else ""
    why = escape(each.why) if each.why else closed if each.is_closed else ""
    inside = [
        f'<span class="ms-month-day">{each.day.day}'
        f'<span class="visually-hidden"> {month}</span></span>'
    ]
    if each.count:
        words = ngettext("%(count)s visit", "%(count)s visits", each.count) % {"count": each.count}
        inside.append(f'<span class="ms-month-count">{escape(words)}</span>')
    if why:
        inside.append(f'<span class="ms-month-why">{why}</span>')
    if not each.is_closed:
        taken = escape(_("%(percent)s%% taken") % {"percent": each.percent})
        inside.append(
            f'<span class="ms-month-load" data-tenths="{each.tenths}">'
            f'<span class="ms-month-bar" aria-hidden="true"></span><span>{taken}</span></span>'
        )
    return (
        f'<td class="{other}{shut}"{today}><a href="{escape(each.url)}">{"".join(inside)}</a></td>'
    )


def agenda_rows(
    lines: Iterable[tuple[Block, str, str]], *, may_book: bool, move_prefix: str, move: str
) -> SafeString:
    """The rows of one day: each visit with its physician and room; `move` is the word of the link."""
    prefix, word = escape(move_prefix), escape(move)
    found = []
    for block, physician, room in lines:
        key, name = block.id, escape(block.name)
        mark = f' <span class="ms-cal-mark">{block.mark}</span>' if block.mark else ""
        way = (
            f'<a href="{prefix}{key}" aria-label="{escape(block.move)}">{word}</a>'
            if block.movable
            else ""
        )
        named = f'<a href="{block.url}">{name}</a>' if block.url else name
        anchor = f' id="visit-{key}"' if block.is_visit else ""
        found.append(
            f"<tr{anchor}>"
            f"<td>{block.clock}–{block.until}</td>"
            f'<th scope="row">{named}</th>'
            f'<td><span class="ms-chip" data-state="{block.state}"><svg class="ms-icon" '
            f'aria-hidden="true" focusable="false"><use href="{block.icon}"></use></svg>'
            f"<span>{escape(block.word)}</span></span>{mark}</td><td>{escape(block.sub)}</td>"
            f"<td>{escape(physician)}</td><td>{escape(room)}</td>"
            f"{f'<td>{way}</td>' if may_book else ''}</tr>"
        )
    return SafeString("".join(found))
