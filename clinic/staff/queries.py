"""Reads about staff."""

from clinic.staff.models import StaffMember, StaffMemberQuerySet


def physicians() -> StaffMemberQuerySet:
    """Active physicians, by name."""
    return StaffMember.objects.physicians().order_by("full_name")
