"""A message as it would go, looked at before it goes. Nothing is written, no link is made."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from clinic.messages.hooks import ForTheDesk, Letter, NotNow, NotTrueAnyMore, TooLate, compose
from clinic.messages.models import Message
from clinic.messages.short import Size, size_of
from clinic.messages.terms import Channel

_LAST_PART = re.compile(r"(https?://\S*/)[^\s/]{8,}/?")


@dataclass(frozen=True)
class Preview:
    """What would go, or why nothing would."""

    letter: Letter | None
    why: str = ""
    until: datetime | None = None

    @property
    def channel(self) -> str:
        return str(Channel(self.letter.channel).label) if self.letter else ""

    @property
    def text(self) -> str:
        if self.letter is None:
            return ""
        return without_secrets(self.letter.text if self.size is None else self.letter.short)

    @property
    def size(self) -> Size | None:
        """Of a short message, with its true link."""
        if self.letter is None or self.letter.channel == Channel.EMAIL:
            return None
        return size_of(self.letter.short)

    @property
    def cost(self) -> str:
        if self.size is None or self.letter is None or self.letter.channel != Channel.SMS:
            return ""
        number, _space, unit = settings.SMS_SEGMENT_COST.partition(" ")
        try:
            return f"{self.size.cost(Decimal(number))} {unit}".strip()
        except InvalidOperation:
            return ""


def without_secrets(text: str) -> str:
    """Each link without its secret part: who looks must not hold what opens the patient's page."""
    return _LAST_PART.sub(r"\1…", text)


def preview_of(message: Message, now: datetime) -> Preview:
    """As composed at its moment, or now if that has passed; whatever it wrote is taken back."""
    at = max(now, message.due_at)
    try:
        with transaction.atomic():
            answer = compose(message, at)
            transaction.set_rollback(True)
    except Exception:  # noqa: BLE001  (whatever a composer breaks over; the sweep logs it)
        return Preview(None, _("Its text could not be made."))
    if isinstance(answer, Letter):
        return Preview(answer)
    if isinstance(answer, NotNow):
        return Preview(None, _("It waits for the hours in which messages go out."), answer.until)
    assert isinstance(answer, NotTrueAnyMore | TooLate | ForTheDesk)
    return Preview(None, _(answer.why) if answer.why else "")
