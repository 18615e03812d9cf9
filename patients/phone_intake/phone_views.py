"""The questions as the patient meets them on a phone: the birth date, one subject a page, the check."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clinic.http import public
from clinic.refusals import Refused
from patients.intake.page_queries import IntakePage
from patients.intake.summaries import list_question
from patients.intake.terms import NO
from patients.links.door import at_the_door, private
from patients.links.opened import forget_on_shared_device
from patients.links.terms import LinkPurpose
from patients.phone_intake import actions, queries
from patients.phone_intake.drafts import draft_of, kept_entries, steps_of
from patients.phone_intake.forms import (
    NONE_WORDS,
    SEVERITY_WORDS,
    STATUS_WORDS,
    StepForm,
    none_to_keep,
)
from patients.phone_intake.hooks import after_submission
from patients.phone_intake.models import PhoneIntake
from patients.phone_intake.rules import IntakeIsElsewhere
from patients.phone_intake.summaries import steps_as_read
from patients.phone_intake.terms import IntakeState
from patients.rulebook.queries import rules_in_force

P = ParamSpec("P")
LANGUAGES = dict(settings.LANGUAGES)
CHECK = "check"


def behind_the_link(
    page: Callable[Concatenate[HttpRequest, str, PhoneIntake, datetime, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, str, P], HttpResponse]:
    """Asks for the birth date first, then shows the page in the patient's language, unstored.

    Exempt from the CSRF check for the reason in `patients.links.door`: the address is the secret.
    """

    @csrf_exempt
    @public
    @require_http_methods(["GET", "POST"])
    @wraps(page)
    def view(request: HttpRequest, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        now = timezone.now()
        entered = at_the_door(request, token, LinkPurpose.INTAKE, now)
        if isinstance(entered, HttpResponse):
            return entered
        intake = queries.intake(entered.about_id)
        actions.note_opened(intake=intake, now=now)
        with translation.override(intake.language or intake.patient.language):
            try:
                return private(page(request, token, intake, now, *args, **kwargs))
            except IntakeIsElsewhere:
                # Sent in another tab: this one shows where it has come to.
                return private(redirect("phone:open", token=token))

    return view


@behind_the_link
def open_intake(
    request: HttpRequest, token: str, intake: PhoneIntake, now: datetime
) -> HttpResponse:
    """Go on where the patient left off, on whatever device."""
    if intake.state != IntakeState.ASKED:
        return redirect("phone:sent", token=token)
    on = timezone.localdate(now)
    if request.POST.get("language") in LANGUAGES:
        actions.choose_language(intake=intake, language=request.POST["language"])
    return redirect(_first_open(token, steps_of(intake.patient, draft_of(intake, on), on)))


@behind_the_link
def ask_step(
    request: HttpRequest, token: str, intake: PhoneIntake, now: datetime, step: str
) -> HttpResponse:
    if intake.state != IntakeState.ASKED:
        return redirect("phone:sent", token=token)
    on = timezone.localdate(now)
    steps = steps_of(intake.patient, draft_of(intake, on), on)
    page = next((one for one in steps if one.key == step), None)
    if page is None:
        raise Http404
    if request.method == "GET" or "step" not in request.POST:
        if request.method == "POST":  # the birth date twice, or nothing at all
            return redirect("phone:step", token=token, step=step)
        return _show(request, token, intake, steps, _form(page, on))

    form = _form(page, on, request)
    if request.POST.get("rest") == NO:
        return _show(request, token, intake, steps, form)
    try:
        _keep(intake, form, now)
    except IntakeIsElsewhere:
        raise
    except Refused as refusal:
        form.list_error = str(refusal)
        return _show(request, token, intake, steps, form, status=refusal.status)
    return _after(request, token, intake, form, now)


def _form(page: IntakePage, on: date, request: HttpRequest | None = None) -> StepForm:
    return StepForm(
        page=page,
        on=on,
        rule_set=rules_in_force(),
        language=translation.get_language() or "en",
        post=request.POST if request is not None else None,
    )


def _keep(intake: PhoneIntake, form: StepForm, now: datetime) -> None:
    actions.save_step(
        intake=intake,
        answers=form.answers,
        listed=form.page.listed,
        line=form.line_to_add,
        none="" if form.has_line else none_to_keep(form),
        remove=form.remove,
        now=now,
    )


def _after(
    request: HttpRequest, token: str, intake: PhoneIntake, form: StepForm, now: datetime
) -> HttpResponse:
    """Where it goes from a page whose readable answers are kept: on, back, or here again."""
    on = timezone.localdate(now)
    steps = steps_of(intake.patient, draft_of(intake, on), on)
    keys = [step.key for step in steps]
    here = keys.index(form.page.key)
    stay = _step_address(token, form.page.key, request)
    go = request.POST.get("go", "")
    if request.POST.get("language") in LANGUAGES:
        actions.choose_language(intake=intake, language=request.POST["language"])
        return redirect(stay)
    if go == "back":
        return redirect(_step_address(token, keys[here - 1], request) if here else stay)
    if form.is_wrong:
        return _show(request, token, intake, steps, form, status=422)
    if go == "list" or form.remove is not None:
        return redirect(f"{stay}#list")

    shown = set(request.POST.getlist("shown"))
    new = steps[here].not_among(shown)
    open_here = [code for code in steps[here].open_codes if code not in new]
    form.ask_for(open_here, has_entries=bool(kept_entries(intake, form.page.listed)))
    if form.is_wrong:
        return _show(request, token, intake, steps, form, status=422)
    if new:
        text = ngettext(
            "One more question follows from this.",
            "%(count)d more questions follow from this.",
            len(new),
        )
        messages.info(request, text % {"count": len(new)})
        return redirect(f"{stay}#id_{new[0]}")
    if _returns_to_check(request) or here + 1 == len(steps):
        return redirect("phone:check", token=token)
    return redirect("phone:step", token=token, step=keys[here + 1])


@behind_the_link
def check_answers(
    request: HttpRequest, token: str, intake: PhoneIntake, now: datetime
) -> HttpResponse:
    """All that was answered, with the way back to each page; from here it is sent."""
    if intake.state != IntakeState.ASKED:
        return redirect("phone:sent", token=token)
    language = translation.get_language() or "en"
    status, refusal = 200, None
    if request.POST.get("language") in LANGUAGES:
        actions.choose_language(intake=intake, language=request.POST["language"])
        return redirect("phone:check", token=token)
    if request.method == "POST" and "send" in request.POST:
        try:
            actions.submit(intake=intake, language=language, now=now)
            return redirect("phone:sent", token=token)
        except IntakeIsElsewhere:
            raise
        except Refused as refused:
            status, refusal = refused.status, refused
    elif request.method == "POST":
        return redirect("phone:check", token=token)
    on = timezone.localdate(now)
    said = draft_of(intake, on)
    steps = steps_of(intake.patient, said, on)
    context: dict[str, Any] = {
        "token": token,
        "read": steps_as_read(steps, said),
        "open_count": sum(len(step.open_codes) for step in steps),
        "refusal": refusal,
        "step": len(steps) + 1,
        "steps": len(steps) + 1,
        "back": _step_address(token, steps[-1].key),
        **_frame(language),
    }
    return render(request, "patients/phone_intake/check.html", context, status=status)


@behind_the_link
def thank(request: HttpRequest, token: str, intake: PhoneIntake, now: datetime) -> HttpResponse:
    """It has arrived; and what comes next, if something does."""
    if intake.state == IntakeState.ASKED:
        return redirect("phone:open", token=token)
    following = next(filter(None, after_submission(intake.patient, now)), None)
    if following is None:
        forget_on_shared_device(request)
    context = {
        "token": token,
        "following": following,
        **_frame(translation.get_language() or "en"),
    }
    return render(request, "patients/phone_intake/sent.html", context)


def _show(
    request: HttpRequest,
    token: str,
    intake: PhoneIntake,
    steps: list[IntakePage],
    form: StepForm,
    *,
    status: int = 200,
) -> HttpResponse:
    page = form.page
    keys = [step.key for step in steps]
    here = keys.index(page.key)
    context = {
        "token": token,
        "page": page,
        "form": form,
        "line": form.line,
        "title": page.section.title.to(form.language),
        "problems": form.problems(),
        "entries": kept_entries(intake, page.listed),
        "list_question": list_question(page.listed),
        "none_word": NONE_WORDS[page.listed] if page.listed else "",
        "status_words": STATUS_WORDS,
        "severity_words": SEVERITY_WORDS,
        "step": here + 1,
        "steps": len(steps) + 1,
        "is_first": here == 0,
        "to_check": _returns_to_check(request),
        **_frame(form.language),
    }
    return render(request, "patients/phone_intake/step.html", context, status=status)


def _frame(language: str) -> dict[str, Any]:
    other = next((code for code in LANGUAGES if code != language), language)
    return {
        "other_language": other,
        "other_language_name": translation.get_language_info(other)["name_local"],
    }


def _returns_to_check(request: HttpRequest) -> bool:
    return (request.POST.get("to") or request.GET.get("to")) == CHECK


def _step_address(token: str, step: str, request: HttpRequest | None = None) -> str:
    address = reverse("phone:step", args=[token, step])
    return f"{address}?to={CHECK}" if request and _returns_to_check(request) else address


def _first_open(token: str, steps: list[IntakePage]) -> str:
    first = next((step for step in steps if step.open_codes), None)
    if first is None:
        return reverse("phone:check", args=[token])
    return _step_address(token, first.key)
