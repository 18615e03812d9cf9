"""An id that nobody else can have made, as short as it can be for an address in a message.

Forty letters: the id, one number below 256, and 104 bits of HMAC-SHA256 with a salt for each purpose, so
that what was signed for one thing is nothing for another. No letter of it is spare: a changed one is
another token. Ours instead of `django.core.signing`, whose shortest is 98 letters: an address twice as
long as a short message has room for.
"""

import base64
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

MAC_BYTES = 13
LETTERS = 40


def signed_id(purpose: str, identity: UUID, number: int = 0) -> str:
    """Return what stands in the address. `number` from 0 to 255 is signed with it."""
    told = identity.bytes + bytes([number])
    return base64.urlsafe_b64encode(told + _mac(purpose, told, settings.SECRET_KEY)).decode()


def read_signed(purpose: str, token: str) -> tuple[UUID, int] | None:
    """Return the id and the number, or None when the token was not made here for this purpose."""
    if len(token) != LETTERS or not token.isascii():
        return None
    try:
        content = base64.b64decode(token, altchars=b"-_", validate=True)
    except ValueError:
        return None
    told, mac = content[:-MAC_BYTES], content[-MAC_BYTES:]
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    if not any(constant_time_compare(mac, _mac(purpose, told, key)) for key in keys):
        return None
    return UUID(bytes=told[:16]), told[16]


def _mac(purpose: str, told: bytes, key: str) -> bytes:
    return salted_hmac(f"clinic.signed.{purpose}", told, key, algorithm="sha256").digest()[
        :MAC_BYTES
    ]
