"""What a procedure consent is about, in plain values. Plans make these; consents know no plan."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from uuid import UUID


@dataclass(frozen=True)
class ConsentSubject:
    """One course, a fingerprint of what it consists of, and the same in words.

    The fingerprint does not depend on the language; another one means a new consent. The words are
    looked up when somebody reads them: every chart asks for the fingerprint.
    """

    about_id: UUID
    fingerprint: str
    words: Callable[[], tuple[str, ...]]
    # The day on which the course was set; a paper of before is about something else.
    since: date | None = None

    @cached_property
    def lines(self) -> tuple[str, ...]:
        return self.words()
