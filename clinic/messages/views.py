"""The desk's pages of the ledger: what was sent, when, and what somebody must telephone about."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, found, requires
from clinic.messages import actions, queries
from clinic.messages.hooks import kind_label, names_of, patient_of
from clinic.messages.terms import MessageState
from clinic.staff.terms import Ability

PER_PAGE = 50


@dataclass(frozen=True)
class Line:
    """One message as the desk reads it."""

    message: Any
    kind: str
    patient_name: str

    @property
    def reason(self) -> str:
        return _(self.message.reason) if self.message.reason else ""


def _lines(found_messages: Iterable[Any]) -> list[Line]:
    rows = list(found_messages)
    names = names_of({row.patient_id for row in rows})
    return [Line(row, kind_label(row.kind), names.get(row.patient_id, "")) for row in rows]


@require_GET
@requires(Ability.SEE_MESSAGES)
def list_messages(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    if state not in MessageState.values:
        state = ""
    page = Paginator(queries.messages_in(state, timezone.now()), PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "clinic/messages/messages.html",
        {
            "urgent": _lines(queries.messages_needing_the_desk()[:PER_PAGE]),
            "lines": _lines(page),
            "page": page,
            "state": state,
            "states": MessageState.choices,
        },
    )


@require_GET
@requires(Ability.SEE_MESSAGES)
def patient_messages(request: HttpRequest, patient_id: UUID) -> HttpResponse:
    return render(
        request,
        "clinic/messages/patient_messages.html",
        {
            "patient": found(patient_of, patient_id),
            "tab": "messages",
            "lines": _lines(queries.messages_for(patient_id)),
        },
    )


@require_POST
@requires(Ability.SEE_MESSAGES)
def settle(request: StaffRequest, message_id: UUID) -> HttpResponse:
    message = found(queries.message, message_id)
    actions.settle_message(message=message, by=request.user, now=timezone.now())
    notices.success(request, _("Taken off the list."))
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("messages:list")
    return HttpResponseRedirect(back)
