"""The key that stands in the address of a link that acts: what it is for and an id, signed.

Each purpose signs with a salt of its own: a key for one thing opens no other.
"""

from uuid import UUID

from django.core import signing

OFFER = "offer"


def key_for(purpose: str, about_id: UUID) -> str:
    """Return what stands in the address."""
    return _signer(purpose).sign_object({"l": about_id.hex})


def id_in(purpose: str, key: str) -> UUID | None:
    """Return the id a key was made for, or None when it was not made here for this purpose."""
    try:
        return UUID(hex=_signer(purpose).unsign_object(key)["l"])
    except (signing.BadSignature, ValueError, KeyError, TypeError, UnicodeError):
        return None


def _signer(purpose: str) -> signing.Signer:
    return signing.Signer(salt=f"treatments.links.{purpose}")
