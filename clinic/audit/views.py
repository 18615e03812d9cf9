"""The page on which the manager reads who opened which chart."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from clinic.audit import hooks, queries
from clinic.http import StaffRequest, requires, uuid_in
from clinic.staff.terms import Ability


@requires(Ability.READ_ACCESS_LOG)
@require_GET
def readings(request: StaffRequest) -> HttpResponse:
    """Newest first; `?patient=<id>` answers "who looked at this patient"."""
    patient_id = uuid_in(request.GET.get("patient", ""))
    page = Paginator(queries.readings(patient_id), 50).get_page(request.GET.get("page"))
    changes = queries.changes(patient_id)[:50] if patient_id else []
    shown = {row.patient_id for row in page} | ({patient_id} if patient_id else set())
    names = {key: name for known in hooks.patients_named(shown) for key, name in known.items()}
    context = {
        "page": page,
        "changes": changes,
        "patient_id": patient_id,
        "names": names,
    }
    return render(request, "clinic/audit/readings.html", context)
