"""Reading the rules of the clinic: rules, questions, history, the shipped update, the export."""

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic.http import StaffRequest, refused, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.rulebook import actions, forms, page_queries, queries, shown_changes
from patients.rulebook.documents import own_rules_as_json
from patients.rulebook.trying import SCOPE_WORDS


def frame(request: StaffRequest, tab: str) -> dict[str, object]:
    """What every page about the rules shows: which rules hold, who approved them, what is offered."""
    edition = queries.newest_edition()
    own = queries.own_rules()
    approvals = queries.approvals(own.base)
    version = queries.version_in_force()
    return {
        "tab": tab,
        "edition": edition,
        "version": version,
        "base": own.base,
        "approvals": approvals,
        "approved_by_me": any(each.approved_by_id == request.user.pk for each in approvals),
        "offered": queries.update_offered(),
        "may_change": request.user.may(Ability.CHANGE_RULES),
        "waiting": len(actions.behind(version, 1000, [])),
    }


@requires(Ability.READ_RULES)
@require_GET
def list_rules(request: StaffRequest) -> HttpResponse:
    asked = {name: request.GET.get(name, "") for name in ("text", "severity", "scope", "state")}
    own = queries.own_rules()
    shown = page_queries.shown_rules(own, **asked)
    everything = page_queries.shown_rules(own)
    context = frame(request, "rules") | {
        "rules": shown,
        "asked": asked,
        "is_filtered": any(asked.values()),
        "total": len(everything),
        "unapproved": sum(rule.is_unapproved for rule in everything),
        "severities": forms.SEVERITIES[1:],
        "scopes": list(SCOPE_WORDS.items()),
        "states": page_queries.STATES,
    }
    return render(request, "patients/rulebook/rules.html", context)


@requires(Ability.READ_RULES)
@require_GET
def show_rule(request: StaffRequest, rule_id: str) -> HttpResponse:
    own = queries.own_rules()
    rule = page_queries.shown_rule(own, rule_id)
    if rule is None:
        raise Http404
    context = frame(request, "rules") | {
        "rule": rule,
        "fields": shown_changes.own_fields(own, rule_id) if rule.is_changed else [],
    }
    return render(request, "patients/rulebook/rule.html", context)


@requires(Ability.READ_RULES)
@require_GET
def list_questions(request: StaffRequest) -> HttpResponse:
    text, changed = request.GET.get("text", ""), request.GET.get("state") == "changed"
    own = queries.own_rules()
    context = frame(request, "questions") | {
        "questions": page_queries.shown_questions(own, text=text, only_changed=changed),
        "text": text,
        "only_changed": changed,
    }
    return render(request, "patients/rulebook/questions.html", context)


@requires(Ability.READ_RULES)
@require_GET
def show_durations(request: StaffRequest) -> HttpResponse:
    """How long things hold, and what is said when there are signs of an acute clot."""
    own = queries.own_rules()
    context = frame(request, "durations") | {
        "durations": page_queries.shown_durations(own),
        "notices": [
            (language, queries.clot_notice(language), language in own.notice)
            for language in ("en", "tr")
        ],
    }
    return render(request, "patients/rulebook/durations.html", context)


@requires(Ability.READ_RULES)
@require_GET
def show_history(request: StaffRequest) -> HttpResponse:
    shown = list(page_queries.shown_editions(queries.editions()))
    context = frame(request, "history") | {"shown": shown}
    return render(request, "patients/rulebook/history.html", context)


@requires(Ability.READ_RULES)
@require_GET
def export_rules(request: StaffRequest) -> HttpResponse:
    """The rules in force as a file, in the form that `manage.py screen --rules` reads."""
    version = queries.version_in_force()
    answer = JsonResponse(
        own_rules_as_json(queries.own_rules(), version=version),
        json_dumps_params={"ensure_ascii": False, "indent": 1},
    )
    answer["Content-Disposition"] = f'attachment; filename="rules-{version}.json"'
    return answer


@requires(Ability.CHANGE_RULES)
@require_POST
def approve(request: StaffRequest) -> HttpResponse:
    try:
        actions.approve(base=request.POST.get("base", ""), by=request.user, now=timezone.now())
    except Refused as refusal:
        return refused(request, refusal, back="/rules/")
    messages.success(request, _("Your approval is written down."))
    return redirect("rulebook:list")


@requires(Ability.CHANGE_RULES)
@require_POST
def screen_those_behind(request: StaffRequest) -> HttpResponse:
    """Go on by hand, for a clinic whose worker is not running."""
    caught = actions.screen_those_behind(by=request.user, now=timezone.now(), most=50)
    messages.info(request, _("Screened again: %(count)d") % {"count": caught.screened})
    return redirect("rulebook:list")
