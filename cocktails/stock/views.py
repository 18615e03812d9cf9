"""The pages of the stock: the list, a lot with its ledger, deliveries, counts and recalls."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from cocktails.stock import actions, deliveries, queries
from cocktails.stock.forms import (
    CountForm,
    DeliveryFileForm,
    DeliveryTextForm,
    DiscardForm,
    LeastForm,
    ReasonForm,
    ReceiveForm,
)
from cocktails.stock.hooks import notices_of_lots


@requires(Ability.SEE_STOCK)
@require_GET
def show_stock(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    lines = queries.stock(now)
    said = _said_of([each.lot.pk for line in lines for each in line.lots])
    shown = [
        (line, [(each, each.notices(now), said.get(each.lot.pk, [])) for each in line.lots])
        for line in lines
    ]
    context = {
        "lines": shown,
        "look": queries.needing_a_look(lines, now),
        "said": [
            (line.product, each.lot, words)
            for line, lots in shown
            for each, _n, words in lots
            if words
        ],
        "may_keep": request.user.may(Ability.KEEP_STOCK),
        "may_trace": request.user.may(Ability.TRACE_LOTS),
    }
    return render(request, "cocktails/stock/stock.html", context)


def _said_of(lot_ids: list[UUID]) -> dict[UUID, list[str]]:
    """What later slices say about these lots."""
    said: dict[UUID, list[str]] = {}
    for answer in notices_of_lots(lot_ids):
        for lot_id, words in answer.items():
            said.setdefault(lot_id, []).extend(words)
    return said


@requires(Ability.SEE_STOCK)
@require_GET
def show_lot(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    return _lot_page(request, lot_id)


def _lot_page(
    request: StaffRequest,
    lot_id: UUID,
    *,
    status: int = 200,
    tried: str = "",
    form: django_forms.Form | None = None,
) -> HttpResponse:
    """A lot; `tried` names the form that was refused, which comes back as it was typed."""
    one = found(queries.lot, lot_id)
    forms: dict[str, django_forms.Form] = {
        "count": CountForm(one=one),
        "discard": DiscardForm(auto_id="id_discard_%s"),
        "vial": ReasonForm(auto_id="id_vial_%s"),
        "recall": ReasonForm(auto_id="id_recall_%s"),
        "least": LeastForm(
            initial={"units": queries.least_stock(one.lot.product_id)}, auto_id="id_least_%s"
        ),
    }
    if form is not None:
        forms[tried] = form
    context = {
        "one": one,
        "lot": one.lot,
        "notices": one.notices(timezone.now()),
        "said": _said_of([one.lot.pk]).get(one.lot.pk, []),
        "ledger": queries.ledger(one.lot),
        "vials": queries.vials(one.lot),
        "forms": forms,
        "form": form or forms["count"],
        "opened": {tried: True},
        "may_keep": request.user.may(Ability.KEEP_STOCK),
        "may_recall": request.user.may(Ability.RECALL_LOTS),
        "may_trace": request.user.may(Ability.TRACE_LOTS),
    }
    return render(request, "cocktails/stock/lot.html", context, status=status)


@requires(Ability.KEEP_STOCK)
@require_http_methods(["GET", "POST"])
def receive(request: StaffRequest) -> HttpResponse:
    products = queries.products_received()
    form = ReceiveForm(
        request.POST if request.method == "POST" else None,
        products=products,
        initial={"product": request.GET.get("product", ""), "lot": request.GET.get("lot", "")},
    )
    if request.method == "POST" and form.is_valid():
        try:
            lot = actions.receive_lot(**form.delivery(), by=request.user, now=timezone.now())
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("Lot %(lot)s was received.") % {"lot": lot.number})
            return redirect("stock:lot", lot.pk)
    return render(
        request,
        "cocktails/stock/receive.html",
        {"form": form},
        status=422 if form.errors else 200,
    )


def _act(
    request: StaffRequest,
    lot_id: UUID,
    tried: str,
    form: django_forms.Form,
    act: Callable[..., Any],
    done: str,
) -> HttpResponse:
    """One of the forms of a lot's page: act, or show it again with what was typed."""
    if form.is_valid():
        try:
            act(lot_id=lot_id, by=request.user, now=timezone.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            return _lot_page(request, lot_id, status=refusal.status, tried=tried, form=form)
        messages.success(request, done)
        return redirect("stock:lot", lot_id)
    return _lot_page(request, lot_id, status=422, tried=tried, form=form)


@requires(Ability.KEEP_STOCK)
@require_POST
def count(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    one = found(queries.lot, lot_id)

    def counted(vial_ml: Any = None, **fields: Any) -> None:
        actions.count_lot(vial_ml=vial_ml, **fields)

    form = CountForm(request.POST, one=one)
    return _act(request, lot_id, "count", form, counted, _("The count was written down."))


@requires(Ability.KEEP_STOCK)
@require_POST
def discard(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    found(queries.lot, lot_id)
    form = DiscardForm(request.POST, auto_id="id_discard_%s")
    return _act(request, lot_id, "discard", form, actions.discard_units, _("Written down."))


@requires(Ability.KEEP_STOCK)
@require_POST
def open_vial(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    found(queries.lot, lot_id)

    def opened(reason: str, **fields: Any) -> None:
        actions.open_vial(**fields)

    form = ReasonForm(request.POST, auto_id="id_vial_%s")
    return _act(request, lot_id, "vial", form, opened, _("The vial is open from now on."))


@requires(Ability.KEEP_STOCK)
@require_POST
def discard_vial(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    found(queries.lot, lot_id)
    form = ReasonForm(request.POST, auto_id="id_vial_%s")
    return _act(request, lot_id, "vial", form, actions.discard_vial, _("Written down."))


@requires(Ability.RECALL_LOTS)
@require_POST
def recall(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    found(queries.lot, lot_id)
    form = ReasonForm(request.POST, auto_id="id_recall_%s")
    done = _("The lot is recalled. Its trace says who was treated with it.")
    return _act(request, lot_id, "recall", form, actions.recall_lot, done)


@requires(Ability.RECALL_LOTS)
@require_POST
def release(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    found(queries.lot, lot_id)
    form = ReasonForm(request.POST, auto_id="id_recall_%s")
    return _act(
        request, lot_id, "recall", form, actions.release_lot, _("The recall was taken back.")
    )


@requires(Ability.KEEP_STOCK)
@require_POST
def set_least(request: StaffRequest, lot_id: UUID) -> HttpResponse:
    """Of the product of this lot."""
    one = found(queries.lot, lot_id)

    def least(lot_id: UUID, **fields: Any) -> None:
        actions.set_least_stock(product=one.lot.product, **fields)

    form = LeastForm(request.POST, auto_id="id_least_%s")
    return _act(request, lot_id, "least", form, least, _("Written down."))


@requires(Ability.KEEP_STOCK)
@require_http_methods(["GET", "POST"])
def read_file(request: StaffRequest) -> HttpResponse:
    """Show what a file holds. Nothing is stored."""
    if request.method == "GET":
        return _file_page(request, DeliveryFileForm())
    form = DeliveryFileForm(request.POST, request.FILES)
    read = None
    if form.is_valid():
        try:
            text = deliveries.decoded(form.cleaned_data["file"].read(deliveries.MOST_BYTES + 1))
            read = deliveries.read_deliveries(text, timezone.localdate())
        except Refused as refusal:
            form.add_error("file", str(refusal))
    bad = read is None or bool(read.bad)
    return _file_page(request, form, read=read, status=422 if bad else 200)


@requires(Ability.KEEP_STOCK)
@require_POST
def take_file_in(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    form = DeliveryTextForm(request.POST)
    upload = DeliveryFileForm()
    if not form.is_valid():
        return redirect("stock:file")
    # A browser sends a text area with the line ends of a letter.
    text = form.cleaned_data["text"].replace("\r\n", "\n")
    try:
        read = deliveries.take_in(text=text, on=timezone.localdate(now), by=request.user, now=now)
    except Refused as refusal:
        try:
            again = deliveries.read_deliveries(text, timezone.localdate(now))
        except Refused:
            again = None
        return _file_page(request, upload, read=again, refusal=refusal, status=refusal.status)
    messages.success(request, _("%(count)d deliveries were taken in.") % {"count": len(read.good)})
    return redirect("stock:list")


def _file_page(
    request: StaffRequest,
    form: DeliveryFileForm,
    *,
    read: deliveries.DeliveryRead | None = None,
    refusal: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"form": form, "read": read, "refusal": refusal}
    return render(request, "cocktails/stock/file.html", context, status=status)
