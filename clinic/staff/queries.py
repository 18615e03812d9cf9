"""Reads about staff."""

from uuid import UUID

from clinic.staff.models import StaffMember, StaffMemberQuerySet


def physicians() -> StaffMemberQuerySet:
    """Active physicians, by name."""
    return StaffMember.objects.physicians().order_by("full_name")


def staff_member(staff_id: UUID) -> StaffMember:
    """One member of staff. Raises StaffMember.DoesNotExist."""
    return StaffMember.objects.get(pk=staff_id)
