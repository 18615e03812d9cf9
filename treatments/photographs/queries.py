"""Reads of photographs: by view and day, and two of them side by side."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.utils.functional import Promise

from patients.consents.queries import may_photograph, standing
from patients.consents.terms import ConsentKind, State
from patients.records.models import Patient
from treatments.photographs import terms
from treatments.photographs.models import AnchorPoints, Photograph, PhotographQuerySet
from treatments.photographs.rules import (
    Difference,
    Points,
    Similarity,
    differences,
    in_widths,
    similarity,
)
from treatments.photographs.terms import CHECKS, CHECKS_MISSED, Modality, Size, View

__all__ = ["may_photograph"]


def photograph_storage() -> Storage:
    return storages["photographs"]


def opened(photograph: Photograph, size: Size) -> File:
    return photograph_storage().open(photograph.stored_as(size))


def accelerated(photograph: Photograph, size: Size) -> str:
    """Where the web server in front finds the file, or "" where this process sends it."""
    prefix: str = settings.PHOTOGRAPHS_ACCEL
    return f"{prefix.rstrip('/')}/{photograph.stored_as(size)}" if prefix else ""


def photographs(patient: Patient) -> PhotographQuerySet:
    """Every photograph of the patient, the latest first, the withdrawn ones too."""
    return Photograph.objects.filter(patient=patient).select_related("taken_by", "withdrawal")


def photograph_of(patient: Patient, photograph_id: UUID) -> Photograph:
    return photographs(patient).get(pk=photograph_id)


def latest_by_view(patient: Patient) -> dict[str, Photograph]:
    """View -> the one to lay under the camera's picture."""
    latest = (
        photographs(patient).standing().order_by("view", "-taken_at", "-recorded_at")
    ).distinct("view")
    return {each.view: each for each in latest}


def taken_on(patient: Patient, day: date) -> int:
    """How many photographs were taken on a day of the clinic, the withdrawn ones left out."""
    return photographs(patient).standing().filter(taken_at__date=day).count()


def photographed_on(patient_ids: Collection[UUID], day: date) -> set[UUID]:
    """Of whom a photograph of that day stands, in one query for a whole board."""
    that_day = Photograph.objects.standing().filter(patient_id__in=patient_ids, taken_at__date=day)
    return set(that_day.values_list("patient_id", flat=True))


def device_used_last(patient: Patient) -> str:
    last = photographs(patient).first()
    return last.device if last else ""


def consent_state(patient: Patient) -> State:
    return standing(patient, ConsentKind.CLINICAL_PHOTOS).state


@dataclass(frozen=True, slots=True)
class ViewRow:
    """The photographs of one view, the earliest first; at least one of them stands."""

    view: View
    photographs: list[Photograph]

    @property
    def may_compare(self) -> bool:
        return len(self.photographs) > 1


@dataclass(frozen=True, slots=True)
class Album:
    """What the chart shows. `compare`: the first view of which there are two."""

    rows: list[ViewRow]
    withdrawn: list[Photograph]

    @property
    def compare(self) -> ViewRow | None:
        return next((row for row in self.rows if row.may_compare), None)

    @property
    def is_empty(self) -> bool:
        return not self.rows and not self.withdrawn


def album(patient: Patient) -> Album:
    every = list(photographs(patient))
    withdrawn = [each for each in every if is_withdrawn(each)]
    standing = [each for each in reversed(every) if not is_withdrawn(each)]
    rows = [ViewRow(view, [each for each in standing if each.view == view]) for view in View]
    return Album([row for row in rows if row.photographs], withdrawn)


def is_withdrawn(photograph: Photograph) -> bool:
    return hasattr(photograph, "withdrawal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two photographs of one view, the earlier on the left."""

    left: Photograph
    right: Photograph
    days: int
    differences: Sequence[str | Promise]
    left_points: Points | None
    right_points: Points | None
    moves: Similarity | None  # the later one onto the earlier, in widths of the picture


def pair(patient: Patient, view: View, *, left: UUID | None, right: UUID | None) -> Pair:
    """Return the two asked for, by default the first and the latest.

    Raises Photograph.DoesNotExist where there are no two of this view.
    """
    of_view = list(photographs(patient).standing().filter(view=view).order_by("taken_at"))
    if len(of_view) < 2:
        raise Photograph.DoesNotExist
    by_id = {each.pk: each for each in of_view}
    chosen_left = by_id.get(left, of_view[0]) if left else of_view[0]
    chosen_right = by_id.get(right, of_view[-1]) if right else of_view[-1]
    if chosen_left.taken_at > chosen_right.taken_at:
        chosen_left, chosen_right = chosen_right, chosen_left
    points = anchors_of(chosen_left, chosen_right)
    left_points, right_points = points.get(chosen_left.pk), points.get(chosen_right.pk)
    return Pair(
        left=chosen_left,
        right=chosen_right,
        days=(chosen_right.taken_at.date() - chosen_left.taken_at.date()).days,
        differences=taken_unlike(chosen_left, chosen_right),
        left_points=left_points,
        right_points=right_points,
        moves=alignment(chosen_right, right_points, onto=chosen_left, onto_points=left_points),
    )


def of_view(patient: Patient, view: View) -> list[Photograph]:
    return list(photographs(patient).standing().filter(view=view).order_by("taken_at"))


def anchors_of(*chosen: Photograph) -> dict[UUID, Points]:
    """Photograph -> its two points, for those that have them."""
    latest = (
        AnchorPoints.objects.filter(photograph__in=chosen)
        .order_by("photograph_id", "-marked_at", "-pk")
        .distinct("photograph_id")
    )
    return {each.photograph_id: each.points for each in latest}


def alignment(
    moved: Photograph, points: Points | None, *, onto: Photograph, onto_points: Points | None
) -> Similarity | None:
    """What brings a photograph over another one, in widths; None without the points of both."""
    if points is None or onto_points is None:
        return None
    return similarity(
        in_widths(points, width=moved.width, height=moved.height),
        in_widths(onto_points, width=onto.width, height=onto.height),
    )


def taken_unlike(earlier: Photograph, later: Photograph) -> list[str]:
    """What of the two was not alike and may hide or feign a change, in words."""
    return [
        _in_words(each, earlier, later)
        for each in differences(earlier.conditions, later.conditions)
    ]


def _in_words(found: Difference, left: Photograph, right: Photograph) -> str:
    if found.what == "modality":
        return terms.OTHER_MODALITY % {
            "earlier": Modality(left.modality).label,
            "later": Modality(right.modality).label,
        }
    if found.what == "device":
        return terms.OTHER_DEVICE % {
            "earlier": left.device or terms.NOT_NAMED,
            "later": right.device or terms.NOT_NAMED,
        }
    if found.what in CHECKS:
        which = {
            (True, True): terms.MISSED_BY_BOTH,
            (True, False): terms.MISSED_BY_EARLIER,
            (False, True): terms.MISSED_BY_LATER,
        }[found.missed]
        return which % {"what": CHECKS_MISSED[found.what]}
    return str(terms.OTHER_VIEW)
