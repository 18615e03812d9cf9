"""The token that stands in a link's address: the link's id, signed.

It cannot be guessed or made into the token of another thing, and nothing of it is stored
(docs/rules/links.md).
"""

from uuid import UUID

from clinic.signed import read_signed, signed_id

PURPOSE = "patients.links"


def token_for(link_id: UUID) -> str:
    """Return what stands in the address."""
    return signed_id(PURPOSE, link_id)


def link_id_in(token: str) -> UUID | None:
    """Return the id a token was made for, or None when the token was not made here."""
    found = read_signed(PURPOSE, token)
    return found[0] if found else None
