"""Changing the rules: typed, tried on the worked cases and the open courses, then put in force.

Every page here works alike. `go=try` shows what the change would do; `go=put` puts exactly that in
force, with a reason. Whatever is refused comes back with what was typed.
"""

from collections.abc import Callable, Sequence
from typing import Any

from django import forms as django_forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic.http import StaffRequest, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.rulebook import actions, differences, forms, page_queries, queries, shown_changes
from patients.rulebook.composing import OwnRules, entry_of
from patients.rulebook.terms import LONGEST_REASON, SCREENED_AT_ONCE, SHORTEST_REASON, Part
from patients.rulebook.trying import try_out
from patients.rulebook.views import frame

PUT, BACK_TO_SHIPPED = "put", "shipped"


@requires(Ability.CHANGE_RULES)
@require_http_methods(["GET", "POST"])
def change_rule(request: StaffRequest, rule_id: str) -> HttpResponse:
    own = queries.own_rules()
    entry = entry_of(own, rule_id)
    if entry is None:
        raise Http404
    rule_set = queries.rules_in_force()
    form = forms.RuleForm(request.POST or None, entry=entry, rule_set=rule_set)
    context = {
        "rule": page_queries.shown_rule(own, rule_id),
        "known": page_queries.known_words(own),
        "is_own": rule_id in own.rules,
    }
    return _change(
        request,
        page="patients/rulebook/change_rule.html",
        form=form,
        context=context,
        part=Part.RULES,
        names=[rule_id],
        draft=lambda: own.with_rule(rule_id, form.changed_entry()),
        undone=own.with_rule(rule_id, None) if rule_id in own.rules else None,
    )


@requires(Ability.CHANGE_RULES)
@require_http_methods(["GET", "POST"])
def change_question(request: StaffRequest, code: str) -> HttpResponse:
    own = queries.own_rules()
    try:
        words = page_queries.question_words(own, code)
    except KeyError as missing:
        raise Http404 from missing
    initial = words | {"mandatory": "1" if words["mandatory"] else ""}
    form = forms.QuestionForm(request.POST or None, initial=initial)
    return _change(
        request,
        page="patients/rulebook/change_question.html",
        form=form,
        context={
            "question": page_queries.shown_question(own, code),
            "is_own": code in own.questions,
        },
        part=Part.QUESTIONS,
        names=[code],
        draft=lambda: own.with_question(code, form.changed_words()),
        undone=own.with_question(code, None) if code in own.questions else None,
    )


@requires(Ability.CHANGE_RULES)
@require_http_methods(["GET", "POST"])
def change_durations(request: StaffRequest) -> HttpResponse:
    own = queries.own_rules()
    form = forms.DurationsForm(request.POST or None, own=own, language=get_language() or "en")
    return _change(
        request,
        page="patients/rulebook/change_durations.html",
        form=form,
        context={"is_own": bool(own.durations)},
        part=Part.DURATIONS,
        names=[],
        draft=lambda: own.with_durations(form.changed_days()),
        undone=own.with_durations({}) if own.durations else None,
    )


@requires(Ability.CHANGE_RULES)
@require_http_methods(["GET", "POST"])
def change_notice(request: StaffRequest) -> HttpResponse:
    own = queries.own_rules()
    shipped_texts = queries.shipped_notice(own.base)
    form = forms.NoticeForm(request.POST or None, initial=shipped_texts | dict(own.notice))
    return _change(
        request,
        page="patients/rulebook/change_notice.html",
        form=form,
        context={"is_own": bool(own.notice)},
        part=Part.NOTICE,
        names=[],
        draft=lambda: own.with_notice(form.changed_texts(shipped_texts)),
        undone=own.with_notice({}) if own.notice else None,
    )


@requires(Ability.CHANGE_RULES)
@require_http_methods(["GET", "POST"])
def accept_update(request: StaffRequest) -> HttpResponse:
    """A newer shipped version, entry by entry. Where both sides changed one, the physician picks."""
    own = queries.own_rules()
    newer = queries.update_offered()
    if newer is None:
        return redirect("rulebook:list")
    changes = shown_changes.shown_update(own, newer)
    keep = {each.key for each in changes if request.POST.get(f"keep:{each.key}") == "mine"}
    return _change(
        request,
        page="patients/rulebook/update.html",
        form=None,
        context={
            "newer": newer,
            "changes": changes,
            "tables": shown_changes.shown_tables(own, newer),
            "keep": keep,
            "corrections": shown_changes.corrections_of(own, newer),
            "meeting": sum(each.meets_own for each in changes),
        },
        part=Part.SHIPPED,
        names=[each.name for each in changes],
        draft=lambda: differences.accepted(own, newer, keep_own=keep),
        undone=None,
    )


def _change(
    request: StaffRequest,
    *,
    page: str,
    form: django_forms.Form | None,
    context: dict[str, Any],
    part: Part,
    names: Sequence[str],
    draft: Callable[[], OwnRules],
    undone: OwnRules | None,
) -> HttpResponse:
    """Show the page, try what was typed, or put in force what was tried."""
    context |= frame(request, part.value) | {
        "form": form,
        "reason": request.POST.get("reason", ""),
        "shortest_reason": SHORTEST_REASON,
        "longest_reason": LONGEST_REASON,
    }
    if request.method == "GET":
        return render(request, page, context)
    back_to_shipped = undone is not None and BACK_TO_SHIPPED in request.POST
    if form is not None and not back_to_shipped and not form.is_valid():
        return render(request, page, context, status=422)
    try:
        wanted = undone if back_to_shipped and undone is not None else draft()
        context |= {"back_to_shipped": back_to_shipped}
        actions.check_author(request.user, timezone.now())
        actions.check_seen(request.POST.get("seen", ""))
        actions.check_usable(wanted)
        if request.POST.get("go") != PUT:
            context |= {"trial": try_out(wanted), "tried": actions.mark_as_tried(wanted)}
            return render(request, page, context)
        return _put(request, wanted, part, names)
    except Refused as refusal:
        context |= {"refusal": refusal}
        if refusal.code == "reason_too_short":
            context |= {"trial": try_out(wanted), "tried": actions.mark_as_tried(wanted)}
        return render(request, page, context, status=refusal.status)


def _put(request: StaffRequest, draft: OwnRules, part: Part, names: Sequence[str]) -> HttpResponse:
    now = timezone.now()
    edition = actions.put_in_force(
        draft=draft,
        part=part,
        names=names,
        seen_version=request.POST.get("seen", ""),
        tried=request.POST.get("tried", ""),
        reason=request.POST.get("reason", ""),
        by=request.user,
        now=now,
    )
    caught = actions.screen_those_behind(by=request.user, now=now, most=SCREENED_AT_ONCE)
    messages.success(request, _("Version %(version)s is in force.") % {"version": edition.version})
    if caught.screened:
        messages.info(
            request,
            ngettext(
                "%(count)d patient with an open course was screened again.",
                "%(count)d patients with an open course were screened again.",
                caught.screened,
            )
            % {"count": caught.screened},
        )
    if caught.left:
        messages.info(
            request,
            _(
                "The others follow within minutes; until then nothing is booked by their old verdict."
            ),
        )
    return redirect("rulebook:history")
