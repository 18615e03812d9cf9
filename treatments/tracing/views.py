"""The trace of a lot, on one screen; and looking a lot number up."""

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.stock.queries import read_number
from cocktails.stock.rules import number_key
from treatments.tracing import actions, queries
from treatments.tracing.events import cluster_words, events_on
from treatments.tracing.notices import notices
from treatments.tracing.terms import CLUSTER_OF

LONGEST = 200


@requires(Ability.TRACE_LOTS)
@require_GET
def search(request: StaffRequest) -> HttpResponse:
    """By the number on an ampoule, typed or scanned, whether or not the stock knows it."""
    typed = request.GET.get("number", "")[:LONGEST].replace("\x00", "")
    number, refusal = "", None
    try:
        number = read_number(typed).number if typed else ""
    except Refused as refused:
        refusal = refused
    lots = queries.numbers_like(number) if number else []
    if len(lots) == 1 and lots[0][2] is not None:
        return redirect("tracing:lot", lots[0][2].pk)
    context = {"typed": typed, "number": number, "lots": lots, "refusal": refusal}
    return render(
        request, "treatments/tracing/search.html", context, status=422 if refusal else 200
    )


@requires(Ability.TRACE_LOTS)
@require_GET
def trace_lot(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    return _page(request, found(queries.trace_of_lot, lot_id))


@requires(Ability.TRACE_LOTS)
@require_GET
def trace_number(request: StaffRequest, product_of_lot: UUID) -> HttpResponse:
    number = request.GET.get("number", "")[:LONGEST].replace("\x00", "").strip()
    if not number:
        raise Http404
    return _page(request, found(queries.trace_of_number, product_of_lot, number))


def _page(request: StaffRequest, trace: queries.Trace) -> HttpResponse:
    actions.note_trace(trace, by=request.user, now=timezone.now())
    events = list(events_on(trace.product.pk, number_key(trace.number)))
    context = {
        "trace": trace,
        "notices": notices(trace.reached),
        "events": events,
        "said": [cluster_words(len(events))] if len(events) >= CLUSTER_OF else [],
        "may_read": request.user.may(Ability.READ_CHART),
    }
    return render(request, "treatments/tracing/trace.html", context)
