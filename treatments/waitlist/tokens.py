"""The key that stands in the address of a link that acts: what it is for and an id, signed.

A key for one thing opens no other.
"""

from uuid import UUID

from clinic.signed import read_signed, signed_id

OFFER = "offer"


def key_for(purpose: str, about_id: UUID) -> str:
    """Return what stands in the address."""
    return signed_id(f"treatments.links.{purpose}", about_id)


def id_in(purpose: str, key: str) -> UUID | None:
    """Return the id a key was made for, or None when it was not made here for this purpose."""
    found = read_signed(f"treatments.links.{purpose}", key)
    return found[0] if found else None
