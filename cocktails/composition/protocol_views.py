"""The clinic's protocols: read by everybody who works here, written by its physicians."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.catalogue.queries import diluents, products
from cocktails.composition import hooks, protocols
from cocktails.composition.protocol_forms import ProtocolEntry
from cocktails.composition.showing import region_choices

FORM = "cocktails/composition/write_protocol.html"


@requires(Ability.SEE_TODAY)
@require_GET
def list_protocols(request: StaffRequest) -> HttpResponse:
    return render(
        request,
        "cocktails/composition/protocols.html",
        {
            "protocols": protocols.protocols(),
            "spot_types": dict(spot_types()),
            "regions": dict(region_choices()),
            "may_write": request.user.may(Ability.COMPOSE_COCKTAILS),
        },
    )


@requires(Ability.SEE_TODAY)
@require_GET
def show_protocol(request: StaffRequest, protocol_id: UUID) -> HttpResponse:
    protocol = found(protocols.protocol, protocol_id)
    versions = protocols.versions_of(protocol)
    is_newest = versions[0].pk == protocol.pk
    return render(
        request,
        "cocktails/composition/protocol.html",
        {
            "protocol": protocol,
            "versions": versions,
            "is_newest": is_newest,
            "spot_types": dict(spot_types()),
            "regions": dict(region_choices()),
            "may_change": is_newest
            and not protocol.is_withdrawn
            and request.user.may(Ability.COMPOSE_COCKTAILS),
        },
    )


@requires(Ability.COMPOSE_COCKTAILS)
@require_http_methods(["GET", "POST"])
def write_protocol(request: StaffRequest, protocol_id: UUID | None = None) -> HttpResponse:
    changes = found(protocols.protocol_in_force, protocol_id) if protocol_id else None
    if request.method == "GET":
        return _form(request, _entry(like=changes), changes)
    entry = _entry(typed=request.POST)
    if "add" in request.POST or "add_place" in request.POST:
        return _form(request, _entry(typed=with_another_row(request.POST)), changes)
    refusal = ""
    if entry.is_valid():
        try:
            written = protocols.write_protocol(
                **entry.protocol(), changes=changes, by=request.user, now=timezone.now()
            )
        except Refused as refused:
            refusal = str(refused)
        else:
            messages.success(request, _("The protocol is saved."))
            return redirect("protocols:show", protocol_id=written.pk)
    return _form(request, entry, changes, refusal=refusal, status=422)


@requires(Ability.COMPOSE_COCKTAILS)
@require_POST
def withdraw_protocol(request: StaffRequest, protocol_id: UUID) -> HttpResponse:
    protocol = found(protocols.protocol_in_force, protocol_id)
    protocols.withdraw_protocol(protocol=protocol, by=request.user, now=timezone.now())
    messages.success(request, _("The protocol is out of use. Earlier cocktails keep it."))
    return redirect("protocols:list")


def spot_types() -> list[tuple[str, str]]:
    return [each for some in hooks.spot_types() for each in some]


def with_another_row(typed: Any) -> Any:
    """The entries with one more row, for a page without scripts."""
    more = typed.copy()
    for button, prefix in (("add", "portions"), ("add_place", "places")):
        rows = typed.get(f"{prefix}-TOTAL_FORMS", "")
        if button in typed and rows.isdecimal() and len(rows) < MOST_DIGITS:
            more[f"{prefix}-TOTAL_FORMS"] = str(int(rows) + 1)
    return more


MOST_DIGITS = 4  # of a number of rows; a longer one is not counted on


def _entry(*, typed: Mapping[str, Any] | None = None, like: Any = None) -> ProtocolEntry:
    return ProtocolEntry(
        products=list(products()),
        diluents=list(diluents()),
        regions=region_choices(),
        spot_types=spot_types(),
        typed=typed,
        like=like,
    )


def _form(
    request: StaffRequest,
    entry: ProtocolEntry,
    changes: Any,
    *,
    status: int = 200,
    refusal: str = "",
) -> HttpResponse:
    return render(
        request,
        FORM,
        {
            "entry": entry,
            "composer": entry.composer,
            "changes": changes,
            "is_refused": status == 422,
            "refusal": refusal,
            "troubles": [*entry.composer.troubles(), *entry.composer.lacks(needs_places=False)]
            if status == 422
            else [],
        },
        status=status,
    )
