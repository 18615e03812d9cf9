"""The desk's pages of the ledger: what was sent, when, and what somebody must telephone about."""

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages as notices
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, found, public, requires
from clinic.messages import actions, quarantine, queries, receipts, replies
from clinic.messages.hooks import patient_of, unreachable_patients
from clinic.messages.lines import calls, held_groups, lines
from clinic.messages.preview import preview_of
from clinic.messages.terms import MessageState
from clinic.staff.terms import Ability

PER_PAGE = 50
MOST_LOOKED_THROUGH = 1000


@require_GET
@requires(Ability.SEE_MESSAGES)
def list_messages(request: StaffRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    if state not in MessageState.values:
        state = ""
    # Nobody leafs through years: what is older stands with its patient, and is not counted here.
    looked_through = queries.messages_in(state, timezone.now())[:MOST_LOOKED_THROUGH]
    page = Paginator(looked_through, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "clinic/messages/messages.html",
        {
            "urgent": calls(queries.messages_needing_the_desk()[:PER_PAGE]),
            "replies": replies.lines(replies.waiting()[:PER_PAGE]),
            "lines": lines(page),
            "page": page,
            "most": MOST_LOOKED_THROUGH if page.paginator.count == MOST_LOOKED_THROUGH else 0,
            "state": state,
            "held": held_groups(),
            "may_release": request.user.may(Ability.RELEASE_MESSAGES),
            "unreachable": unreachable_patients(timezone.now()),
            "states": MessageState.choices,
        },
    )


@require_GET
@requires(Ability.SEE_MESSAGES)
def patient_messages(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    return render(
        request,
        "clinic/messages/patient_messages.html",
        {
            "patient": found(patient_of, patient_id),
            "tab": "messages",
            "lines": lines(queries.messages_for(patient_id)),
            "may_choose": request.user.may(Ability.REGISTER_PATIENTS),
        },
    )


@require_POST
@requires(Ability.SEE_MESSAGES)
def settle(request: StaffRequest, message_id: UUID) -> HttpResponse:
    message = found(queries.message, message_id)
    if actions.settle_message(message=message, by=request.user, now=timezone.now()):
        notices.success(request, _("Taken off the list."))
    else:
        notices.warning(
            request,
            _("This was not on the list any more: settled by somebody, or changed meanwhile."),
        )
    return _back(request)


@require_POST
@requires(Ability.SEE_MESSAGES)
def settle_reply(request: StaffRequest, reply_id: UUID) -> HttpResponse:
    reply = found(replies.reply, reply_id)
    if replies.settle_reply(reply=reply, by=request.user, now=timezone.now()):
        notices.success(request, _("Taken off the list."))
    else:
        notices.warning(request, _("Somebody settled this already."))
    return _back(request)


def _back(request: StaffRequest) -> HttpResponse:
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("messages:list")
    return HttpResponseRedirect(back)


@require_GET
@requires(Ability.SEE_MESSAGES)
def preview(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """What a message says before it goes, in the patient's language."""
    message = found(queries.message, message_id)
    [line] = lines([message])
    context = {
        "message": message,
        "line": line,
        "patient_name": line.patient_name,
        "preview": preview_of(message, timezone.now()),
    }
    return render(request, "clinic/messages/preview.html", context)


@require_POST
@requires(Ability.RELEASE_MESSAGES)
def release(request: StaffRequest) -> HttpResponse:
    """After a restored backup: let the held messages of one kind go, or drop them."""
    decision = {"send": True, "drop": False}.get(request.POST.get("decision", ""))
    if decision is None:
        return render(request, "400.html", status=400)
    count = quarantine.release(
        kind=request.POST.get("kind", ""),
        send_on=decision,
        by=request.user,
        now=timezone.now(),
    )
    if count:
        notices.success(request, _("Saved."))
    else:
        notices.warning(request, _("Nothing of this kind is held any more."))
    return HttpResponseRedirect(reverse("messages:list"))


# Exempt from the CSRF check: a gateway has no session and no cookie; its signature over the body is
# what tells it from anybody else.
@csrf_exempt
@public
@require_POST
def take_receipt(request: HttpRequest, channel: str) -> HttpResponse:
    """A gateway tells whether a message was delivered. Who has no business here learns nothing."""
    return _from_gateway(request, channel, receipts.take_receipt)


@csrf_exempt
@public
@require_POST
def take_reply(request: HttpRequest, channel: str) -> HttpResponse:
    """A gateway hands on what a patient answered."""
    return _from_gateway(request, channel, replies.take_reply)


def _from_gateway(
    request: HttpRequest, channel: str, take: Callable[..., receipts.Taken]
) -> HttpResponse:
    taken = receipts.taken_when_signed(
        take,
        channel=channel,
        moment=request.headers.get(receipts.MOMENT, ""),
        signature=request.headers.get(receipts.SIGNATURE, ""),
        body=request.body,
        now=timezone.now(),
    )
    return HttpResponse(status=_STATUS[taken])


_STATUS = {
    receipts.Taken.YES: 204,
    receipts.Taken.NOT_SIGNED: 404,
    receipts.Taken.UNREADABLE: 400,
    receipts.Taken.UNKNOWN: 404,
}
