"""What a patient's link carries, and when it stops opening.

Pure but for the signing key. The token is the link's id, signed with a salt of its own: it cannot be
guessed or made into the token of another thing, and nothing of it is stored (docs/rules/links.md).
"""

from uuid import UUID

from django.core import signing

SALT = "patients.links"
# Five tries [C]: enough for a slip of the thumb, too few to try birthdays.
MOST_WRONG_ANSWERS = 5


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


def is_locked(wrong_answers: int) -> bool:
    return wrong_answers >= MOST_WRONG_ANSWERS
