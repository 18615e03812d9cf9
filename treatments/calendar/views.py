"""The calendar: four views of one window, the Move mode, and what a page asks again and again."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core import signing
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.hours import queries as hours
from clinic.hours.queries import local_date
from clinic.http import StaffRequest, found, reads_file_of, requires
from clinic.refusals import Refused
from clinic.staff.queries import physicians
from clinic.staff.terms import Ability
from clinic.undo import Undo, say_done
from treatments.booking import actions, hooks
from treatments.booking.terms import AppointmentState
from treatments.calendar import markup, queries, rules, terms
from treatments.calendar import moving as moves
from treatments.calendar.agenda import agenda
from treatments.calendar.blocks import NOBODY, labels
from treatments.calendar.forms import PlaceForm, SheetForm, WindowForm
from treatments.calendar.grid import grid
from treatments.calendar.month import month
from treatments.calendar.moving import Target
from treatments.calendar.sheets import sheets
from treatments.calendar.terms import By, View
from treatments.calendar.window import Window

INITIALS = "calendar_initials"  # in the session: names are shown as initials
UNDO_SALT = "calendar.undo"
UNDO_SECONDS = 24 * 3600
Choices = Sequence[tuple[Any, Any]]


@dataclass(frozen=True, slots=True)
class Filter:
    """One choice above the calendar; without one everything is shown."""

    name: str
    everything: str
    is_chosen: bool
    options: SafeString


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_day(request: StaffRequest) -> HttpResponse:
    return _show(request, _window(request, View.DAY))


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_week(request: StaffRequest) -> HttpResponse:
    return _show(request, _window(request, View.WEEK))


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_month(request: StaffRequest) -> HttpResponse:
    return _show(request, _window(request, View.MONTH))


@requires(Ability.RUN_THE_DAY)
@require_GET
def show_agenda(request: StaffRequest) -> HttpResponse:
    return _show(request, _window(request, View.AGENDA))


@requires(Ability.RUN_THE_DAY)
@require_GET
def ask_version(request: StaffRequest) -> HttpResponse:
    """Has anything of this window changed? 304 when nothing has; one statement, nothing is held."""
    window = _window(request)
    version = queries.version(window.first, window.last, now=timezone.now())
    tag = f'"{version}"'
    status = 304 if request.headers.get("If-None-Match") == tag else 204
    return HttpResponse(status=status, headers={"ETag": tag})


@requires(Ability.RUN_THE_DAY)
@require_GET
def print_sheets(request: StaffRequest) -> HttpResponse:
    window = _window(request)
    phones = SheetForm(request.GET).chosen()
    context = {
        "window": window,
        "sheets": sheets(window, phones, now=timezone.now(), initials=_initials(request)),
        "phones": phones,
        "choices": terms.Phones.choices,
    }
    return render(request, "treatments/calendar/sheets.html", context)


@requires(Ability.RUN_THE_DAY)
@require_POST
def change_names(request: StaffRequest) -> HttpResponse:
    """Names or initials: the screen may face the waiting room. Remembered until signing out."""
    request.session[INITIALS] = not _initials(request)
    return HttpResponseRedirect(_window(request).url)


@requires(Ability.BOOK)
@require_POST
def move_appointment(request: StaffRequest, appointment_id: UUID) -> HttpResponse:
    """Put a visit where it was dropped, or at the free time that was chosen."""
    now = timezone.now()
    window = _window(request)
    appointment = found(moves.picked_up, appointment_id)
    reads_file_of(request, appointment.patient_id)
    form = PlaceForm(request.POST)
    if not form.is_valid():
        messages.error(request, terms.NO_SUCH_PLACE)
        return _show(request, window, status=422)
    target = _target(form.cleaned_data, appointment, window, now)
    try:
        moved = actions.move_appointment(
            appointment_id=appointment_id,
            starts_at=target.starts_at,
            physician=target.physician,
            room=found(hours.room, target.room_id),
            seen_version=form.cleaned_data["version"],
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        messages.error(request, _with_way_on(refusal, appointment_id))
        return _show(request, window, status=refusal.status)
    _say_moved(request, window, was=appointment, moved=moved)
    for notice in hooks.notices_after_change(moved, now):
        if notice is not None:
            say = messages.warning if notice.must_call else messages.info
            say(request, notice.text)
    return _after(request, window, moved)


@requires(Ability.BOOK)
@require_POST
def undo_move(request: StaffRequest) -> HttpResponse:
    """Take a move back, as long as nobody has changed the visit since."""
    window = _window(request)
    try:
        was = signing.loads(request.POST.get("move", ""), salt=UNDO_SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        messages.error(request, terms.UNDO_IS_OVER)
        return _show(request, window, status=422)
    now = timezone.now()
    try:
        moved = actions.move_appointment(
            appointment_id=UUID(was["appointment"]),
            starts_at=datetime.fromisoformat(was["starts_at"]),
            physician=found(physicians().get, pk=was["physician"]),
            room=found(hours.room, UUID(was["room"])),
            seen_version=was["version"],
            by=request.user,
            now=now,
        )
    except Refused as refusal:
        messages.error(request, str(refusal))
        return _show(request, window, status=refusal.status)
    messages.success(request, terms.MOVED_BACK % moves.local_words(moved))
    return _after(request, window, moved)


def _window(request: StaffRequest, view: View | None = None) -> Window:
    today = local_date(timezone.now())
    return WindowForm(request.GET).window(view=view, today=today)


def _initials(request: StaffRequest) -> bool:
    return bool(request.session.get(INITIALS))


def _show(request: StaffRequest, window: Window, *, status: int = 200) -> HttpResponse:
    now = timezone.now()
    may_book = request.user.may(Ability.BOOK)
    moving = None
    if window.move and may_book:
        appointment = found(moves.picked_up, window.move)
        reads_file_of(request, appointment.patient_id)
        moving = moves.moving(appointment, window, now=now)
    if window.view == View.MONTH:
        shown: Any = month(window, now=now)
    else:
        lay_out = agenda if window.view == View.AGENDA else grid
        shown = lay_out(
            window, now=now, initials=_initials(request), may_move=may_book, moving=moving
        )
    is_fragment = bool(request.headers.get("HX-Request"))
    context = {
        "window": window,
        "shown": shown,
        "moving": moving,
        "nearest": moving.nearest if moving else "",
        "may_book": may_book,
        "initials": _initials(request),
        "today": local_date(now),
        "move_prefix": window.move_prefix,
        "move_url": f"{reverse('calendar:move', args=[NOBODY])}?{window.whole_query}",
        "oob": is_fragment,
    }
    if is_fragment:
        return render(request, "treatments/calendar/_shown.html", context, status=status)
    context |= _frame(window, shown, local_date(now))
    return render(request, "treatments/calendar/calendar.html", context, status=status)


def _frame(window: Window, shown: Any, today: date) -> dict[str, Any]:
    """The views, the way through time, and the filters around what is shown."""
    here = [each for each in shown.resources.values() if each.is_active]
    of = {by: [(str(each.id), each.name) for each in here if each.by == by] for by in By}
    return {
        "views": [
            (view.label, window.seen_as(view).url, view == window.view, view.value[0])
            for view in View
        ],
        "columns_by": [
            (by.label, window.in_columns(by).url, by == window.by)
            for by in By
            if by != By.DEVICE or of[by]
        ],
        "today_url": window.on(today).url,
        "filters": [each for each in _filters(window, of) if each.options],
        "legend": markup.legend(),
        "page_shortcuts": terms.SHORTCUTS,
    }


def _filters(window: Window, of: Mapping[By, Choices]) -> Iterator[Filter]:
    said = labels()
    kinds, states = list(said.kinds.items()), list(said.states.items())
    for name, everything, chosen, choices in (
        ("physician", _("All physicians"), window.physician, of[By.PHYSICIAN]),
        ("room", _("All rooms"), window.room, of[By.ROOM]),
        ("device", _("All devices"), window.device, of[By.DEVICE]),
        ("kind", _("All kinds"), window.kind, kinds),
        ("state", _("All states"), window.state, states),
    ):
        options = markup.options(choices, chosen=str(chosen or ""))
        yield Filter(name, everything, bool(chosen), options)


def _target(said: dict[str, Any], appointment: Any, window: Window, now: datetime) -> Target:
    slot = said.get("slot")
    if slot:
        return Target(slot.starts_at, found(physicians().get, pk=slot.physician), slot.room)
    return found(
        moves.dropped_at,
        appointment,
        day=said["day"],
        minute=said["minute"],
        column=said.get("column"),
        window=window,
        now=now,
    )


def _after(request: StaffRequest, window: Window, moved: Any) -> HttpResponse:
    """The grid as it is now; where the visit went, if that is not in sight."""
    window = window.moving(None)
    if request.headers.get("HX-Request"):
        return _show(request, window)
    day = local_date(moved.starts_at)
    if not window.first <= day <= window.last:
        window = window.on(day)
    return HttpResponseRedirect(f"{window.url}#visit-{moved.pk}")


def _say_moved(request: StaffRequest, window: Window, *, was: Any, moved: Any) -> None:
    """What was done, and how to take it back; a confirmation of the earlier time is gone."""
    text = str(terms.MOVED % _discreet(request, moves.local_words(moved)))
    token = signing.dumps(
        {
            "appointment": str(was.pk),
            "starts_at": was.starts_at.isoformat(),
            "physician": str(was.physician_id),
            "room": str(was.room_id),
            "version": moved.version,
        },
        salt=UNDO_SALT,
    )
    url = f"{reverse('calendar:undo')}?{window.moving(None).whole_query}"
    say_done(request, Undo(text, url, {"move": token}))
    if was.state == AppointmentState.CONFIRMED:
        messages.info(request, terms.CONFIRM_AGAIN)


def _discreet(request: StaffRequest, words: dict[str, str]) -> dict[str, str]:
    if _initials(request):
        return words | {"patient": rules.initials(words["patient"])}
    return words


def _with_way_on(refusal: Refused, appointment_id: UUID) -> str:
    """What is in the way, and the page that shows the other times."""
    context = {
        "words": str(refusal),
        "url": reverse("booking:move", args=[appointment_id]),
    }
    return render_to_string("treatments/calendar/_refused.html", context)
