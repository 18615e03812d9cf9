"""The token that stands in a link's address: the link's id, signed.

With a salt of its own it cannot be guessed or made into the token of another thing, and nothing of
it is stored (docs/rules/links.md).
"""

from uuid import UUID

from django.core import signing

SALT = "patients.links"


def token_for(link_id: UUID) -> str:
    """Return what stands in the address."""
    return signing.Signer(salt=SALT).sign_object({"l": link_id.hex})


def link_id_in(token: str) -> UUID | None:
    """Return the id a token was made for, or None when the token was not made here."""
    try:
        carried = signing.Signer(salt=SALT).unsign_object(token)
        return UUID(hex=carried["l"])
    except (signing.BadSignature, ValueError, KeyError, TypeError, UnicodeError):
        return None
