"""The visits that stand where the clinic closed something, for the pages of the clinic's time."""

from collections.abc import Sequence

from django.db.models import Q
from django.urls import reverse

from clinic.hours.hooks import Closure, Standing
from treatments.booking.models import Appointment, meeting
from treatments.booking.rules import NotBookable
from treatments.booking.terms import AppointmentState
from treatments.booking.visits import check_who, visit_of


def standing_in(closures: Sequence[Closure]) -> list[Standing]:
    """What is still to take place in any of the closures, as far as it needs what is closed. One
    statement, however many closures.
    """
    met = Q(pk__in=[])
    for closure in closures:
        met |= meeting(closure.starts_at, closure.ends_at) & _needs(closure)
    visits = (
        Appointment.objects.holding_a_slot()
        .exclude(state=AppointmentState.DONE)
        .filter(met)
        .select_related("patient", "physician", "room", "nurse", "device")
    )
    return [_standing(visit) for visit in visits]


def _needs(closure: Closure) -> Q:
    if closure.member_id is not None:
        return Q(physician=closure.member_id) | Q(nurse=closure.member_id)
    if closure.room_id is not None:
        return Q(room=closure.room_id)
    if closure.device_id is not None:
        return Q(device=closure.device_id)
    return Q()


def _is_served(visit: Appointment) -> bool:
    try:
        check_who([visit_of(visit)])
    except NotBookable:
        return False
    return True


def _standing(visit: Appointment) -> Standing:
    return Standing(
        visit_id=visit.pk,
        patient_id=visit.patient_id,
        patient=visit.patient.full_name,
        kind=visit.get_kind_display(),
        physician=visit.physician.display_name,
        room=visit.room.name,
        physician_id=visit.physician_id,
        room_id=visit.room_id,
        nurse_id=visit.nurse_id,
        device_id=visit.device_id,
        starts_at=visit.starts_at,
        treated_from=visit.physician_from,
        ends_at=visit.ends_at,
        is_served=_is_served(visit),
        show_url=reverse("booking:show", args=[visit.pk]),
        move_url=reverse("booking:move", args=[visit.pk]),
    )
