"""The outcomes of the clinic, as a page and as a file; and who is due to be looked at again."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic.http import StaffRequest, requires
from clinic.staff.terms import Ability
from treatments.outcomes.board import board
from treatments.outcomes.documents import board_as_csv
from treatments.outcomes.rules import AFTER_A_COURSE, SMALLEST_GROUP
from treatments.outcomes.watch import watched

PER_PAGE = 25


@requires(Ability.READ_OUTCOMES)
@require_GET
def show_board(request: StaffRequest) -> HttpResponse:
    context = {
        "board": board(),
        "smallest": SMALLEST_GROUP,
        "days_after": AFTER_A_COURSE.days,
        "may_watch": request.user.may(Ability.READ_CHART),
    }
    return render(request, "treatments/outcomes/board.html", context)


@requires(Ability.READ_OUTCOMES)
@require_GET
def download_board(request: StaffRequest) -> HttpResponse:
    return HttpResponse(
        board_as_csv(board()),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="outcomes.csv"'},
    )


@requires(Ability.READ_CHART)
@require_GET
def list_watched(request: StaffRequest) -> HttpResponse:
    due = watched(timezone.localdate())
    page = Paginator(due, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "treatments/outcomes/watch.html", {"page": page})
