"""The pages of the import: upload, columns and check, progress, result, and taking it back."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic.http import StaffRequest, found, requires
from clinic.refusals import Refused
from clinic.staff.terms import Ability
from patients.importing import actions, page, queries
from patients.importing.forms import MappingForm, UploadForm
from patients.importing.refusals import ImportFailed
from patients.records.queries import patient as patient_of


@requires(Ability.IMPORT_PATIENTS)
@require_http_methods(["GET", "POST"])
def imports(request: StaffRequest) -> HttpResponse:
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        now = timezone.now()
        try:
            kept = actions.receive_files(
                files=form.cleaned_data["uploads"],
                on=timezone.localdate(now),
                by=request.user,
                now=now,
            )
            # The columns are guessed, and a small file is read at once: most need no more.
            actions.check_soon(an_import=kept, mapping=None, now=now)
        except Refused as refusal:
            form.add_error("uploads", str(refusal))
        else:
            return redirect("patients:import", kept.pk)
    return render(
        request,
        "patients/importing/imports.html",
        {"form": form, "imports": queries.recent_imports()},
        status=422 if form.errors else 200,
    )


@requires(Ability.IMPORT_PATIENTS)
@require_GET
def show_import(request: StaffRequest, import_id: UUID) -> HttpResponse:
    return _page(request, import_id)


@requires(Ability.IMPORT_PATIENTS)
@require_POST
def check_import(request: StaffRequest, import_id: UUID) -> HttpResponse:
    an_import = found(queries.patient_import, import_id)
    headers = page.headers_of(an_import)
    form = MappingForm(request.POST, headers=headers)
    if not form.is_valid():
        return _page(request, import_id, form=form, status=422)
    try:
        actions.check_soon(an_import=an_import, mapping=form.mapping(), now=timezone.now())
    except ImportFailed as refusal:
        form.add_error(None, str(refusal))
        return _page(request, import_id, form=form, status=422)
    return redirect("patients:import", import_id)


@requires(Ability.IMPORT_PATIENTS)
@require_POST
def start_import(request: StaffRequest, import_id: UUID) -> HttpResponse:
    an_import = found(queries.patient_import, import_id)
    try:
        actions.ask_for_import(an_import=an_import, by=request.user, now=timezone.now())
    except actions.NotNow as refusal:
        messages.error(request, str(refusal))
    return redirect("patients:import", import_id)


@requires(Ability.IMPORT_PATIENTS)
@require_GET
def import_progress(request: StaffRequest, import_id: UUID) -> HttpResponse:
    an_import = found(queries.patient_import, import_id)
    answer = render(request, "patients/importing/_progress.html", page.progress_of(an_import))
    if not page.is_on_its_way(an_import):
        answer["HX-Refresh"] = "true"
    return answer


@requires(Ability.IMPORT_PATIENTS)
@require_GET
def import_errors(request: StaffRequest, import_id: UUID) -> FileResponse:
    an_import = found(queries.patient_import, import_id)
    path = queries.errors_file(an_import)
    if path is None:
        raise Http404
    return FileResponse(
        path.open("rb"), as_attachment=True, filename="errors.csv", content_type="text/csv"
    )


@requires(Ability.IMPORT_PATIENTS)
@require_POST
def undo_import(request: StaffRequest, import_id: UUID) -> HttpResponse:
    an_import = found(queries.patient_import, import_id)
    try:
        counts = actions.take_back(an_import=an_import, by=request.user, now=timezone.now())
    except Refused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(
            request,
            _("%(removed)d patients were taken back; %(kept)d stay, because they were used since.")
            % {"removed": counts["removed"], "kept": counts["kept"]},
        )
    return redirect("patients:import", import_id)


@requires(Ability.READ_CHART)
@require_GET
def imported_record(request: StaffRequest, patient_id: UUID) -> HttpResponse:
    patient = found(patient_of, patient_id)
    return render(
        request,
        "patients/importing/imported.html",
        {
            "patient": patient,
            "facts": queries.imported_facts(patient),
            "identities": queries.identities_of(patient),
        },
    )


def _page(
    request: StaffRequest, import_id: UUID, *, form: MappingForm | None = None, status: int = 200
) -> HttpResponse:
    an_import = found(queries.patient_import, import_id)
    shown: dict[str, Any] = page.contents(an_import)
    if form is not None:
        shown["form"] = form
    return render(request, "patients/importing/import.html", shown, status=status)
