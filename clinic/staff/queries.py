"""Reads about staff."""

from uuid import UUID

from clinic.staff.models import StaffMember, StaffMemberQuerySet
from clinic.staff.terms import Role

# Whose time is somebody's appointment; the desk and the manager have no visits.
WITH_VISITS = (Role.PHYSICIAN, Role.NURSE)


def physicians() -> StaffMemberQuerySet:
    """Active physicians, by name."""
    return StaffMember.objects.physicians().order_by("full_name")


def nurses() -> StaffMemberQuerySet:
    """Active nurses, by name."""
    return (
        StaffMember.objects.get_queryset()
        .filter(role=Role.NURSE, is_active=True)
        .order_by("full_name")
    )


def members_with_visits() -> StaffMemberQuerySet:
    """Physicians and nurses who work here, by name."""
    working = StaffMember.objects.get_queryset().filter(role__in=WITH_VISITS, is_active=True)
    return working.order_by("-role", "full_name")


def member_with_visits(member_id: UUID) -> StaffMember:
    return members_with_visits().get(pk=member_id)
