"""The marks of what stands in the grid, as text.

A template's loop over the visits of a week costs more than all the rest of the page, so what is drawn
hundreds of times is put together here, and the template places it. Whatever people typed is escaped.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from treatments.calendar.blocks import Block, icons
from treatments.calendar.moving import FreeTime
from treatments.calendar.terms import LEGEND


def drawn(blocks: Iterable[Block], *, move_prefix: str) -> SafeString:
    prefix = escape(move_prefix)
    return mark_safe("".join(_block(block, prefix) for block in blocks))  # noqa: S308


def _block(block: Block, prefix: str) -> str:
    key = str(block.id)
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


def hour_lines(hours: Iterable[tuple[int, str]]) -> SafeString:
    return mark_safe(  # noqa: S308
        "".join(
            f'<span class="ms-cal-hour ms-from-{row} ms-for-12" aria-hidden="true"></span>'
            for row, _clock in hours
        )
    )


def clock(hours: Iterable[tuple[int, str]]) -> SafeString:
    return mark_safe(  # noqa: S308
        "".join(f'<span class="ms-from-{row} ms-for-12">{hour}</span>' for row, hour in hours)
    )


def hatched(spans: Iterable[tuple[str, str]]) -> SafeString:
    """Time that nobody can book; without words it is closed as always."""
    return mark_safe(  # noqa: S308
        "".join(
            f'<span class="ms-cal-closed {places}"><span>{escape(why)}</span></span>'
            if why
            else f'<span class="ms-cal-closed {places}" aria-hidden="true"></span>'
            for places, why in spans
        )
    )


def slots(free: Sequence[tuple[str, FreeTime]], *, nearest: str) -> SafeString:
    """The free times as buttons; where somebody begins who chooses by keys is marked."""
    return mark_safe(  # noqa: S308
        "".join(
            f'<button class="ms-cal-slot {places}" name="slot" value="{time.value}" data-slot'
            f"{' data-first' if time.value == nearest else ''}>"
            f'<span class="ms-cal-time">{time.clock}</span> <span>{escape(time.room)}</span></button>'
            for places, time in free
        )
    )


def options(choices: Iterable[tuple[Any, Any]], *, chosen: str) -> SafeString:
    return mark_safe(  # noqa: S308
        "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
            f"{escape(label)}</option>"
            for value, label in choices
        )
    )


def legend() -> SafeString:
    """What each colour and icon says."""
    icon = icons()
    return mark_safe(  # noqa: S308
        "".join(
            f'<li data-state="{state}"><svg class="ms-icon" aria-hidden="true" focusable="false">'
            f'<use href="{icon[state]}"></use></svg><span>{escape(word)}</span></li>'
            for state, word in LEGEND
        )
    )


def add_link(url: str, label: str, icon: str) -> SafeString:
    return mark_safe(  # noqa: S308
        f'<a class="ms-cal-add" href="{escape(url)}"><svg class="ms-icon" role="img" '
        f'aria-label="{escape(label)}" focusable="false"><use href="{icon}"></use></svg></a>'
    )


def agenda_rows(
    lines: Iterable[tuple[Block, str, str]], *, may_book: bool, move_prefix: str, move: str
) -> SafeString:
    """The rows of one day: each visit with its physician and room; `move` is the word of the link."""
    prefix, word = escape(move_prefix), escape(move)
    found = []
    for block, physician, room in lines:
        key, name = str(block.id), escape(block.name)
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
    return mark_safe("".join(found))  # noqa: S308
