"""The clinic's consent texts: what is in force, and writing the next edition."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from clinic.http import StaffRequest, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.consents import actions, queries
from patients.consents.forms import TextForm
from patients.consents.rules import PLACEHOLDERS, blocks
from patients.records.terms import PatientLanguage


@requires(Ability.WRITE_CONSENT_TEXTS)
@require_GET
def list_texts(request: StaffRequest) -> HttpResponse:
    return render(request, "patients/consents/texts.html", {"texts": queries.texts_in_force()})


@requires(Ability.WRITE_CONSENT_TEXTS)
@require_http_methods(["GET", "POST"])
def write_text(request: StaffRequest, kind: str, language: str) -> HttpResponse:
    if kind not in queries.LABELS or language not in PatientLanguage.values:
        raise Http404
    standing = queries.template_in_force(kind, language)
    status = 200
    if request.method == "GET":
        form = TextForm(initial={"text": standing.text, "version": standing.version})
    else:
        status = 422
        form = TextForm(request.POST)
        if form.is_valid():
            try:
                written = actions.write_text(
                    kind=kind,
                    language=language,
                    text=form.cleaned_data["text"],
                    reason=form.cleaned_data["reason"],
                    seen_version=form.cleaned_data["version"],
                    by=request.user,
                    now=timezone.now(),
                )
            except Refused as refusal:
                form.add_error(None, str(refusal))
                status = refusal.status
            else:
                messages.success(
                    request,
                    _("Version %(version)s is in force from now on.")
                    % {"version": written.version},
                )
                return redirect("patients:consent-texts")
    return render(
        request,
        "patients/consents/text.html",
        {
            "form": form,
            "label": queries.LABELS[kind],
            "language": PatientLanguage(language),
            "standing": standing,
            "blocks": blocks(queries.text_in_force(kind, language).text),
            "editions": queries.editions(kind, language),
            "shipped": queries.shipped_version(),
            "placeholders": ["{" + name + "}" for name in PLACEHOLDERS],
        },
        status=status,
    )
