"""What a procedure consent is about, in plain values. Plans make these; consents know no plan."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ConsentSubject:
    """One course: what it consists of in words, and a fingerprint of the same.

    The fingerprint does not depend on the language; another one means a new consent.
    """

    about_id: UUID
    fingerprint: str
    lines: tuple[str, ...]
