"""How many messages of a channel may leave in a minute, for all workers together."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from clinic.messages.models import ChannelPace

MINUTE = timedelta(minutes=1)


def rates_in(text: str) -> dict[str, int]:
    """Read "sms=60,whatsapp=80": messages in a minute. A channel that is not named has no limit."""
    rates = {}
    for part in filter(None, (each.strip() for each in text.split(","))):
        channel, _equals, number = part.partition("=")
        if not number.isdigit() or int(number) < 1:
            raise ValueError(part)
        rates[channel.strip()] = int(number)
    return rates


def wait_for_turn(channel: str, now: datetime) -> datetime | None:
    """Take the next place of the channel, or say when there is one again.

    In no sixty seconds more leave than the rate: the row holds the latest departures, and whoever
    takes a place holds the row.
    """
    rate = rates_in(settings.MESSAGE_RATES).get(channel)
    if rate is None:
        return None
    with transaction.atomic():
        ChannelPace.objects.get_or_create(channel=channel)
        pace = ChannelPace.objects.select_for_update().get(channel=channel)
        recent = [at for at in pace.left_at if at > now - MINUTE]
        if len(recent) >= rate:
            return recent[-rate] + MINUTE
        # A worker that held the row earlier may have a later clock by a little.
        pace.left_at = sorted([*recent, now])
        pace.save(update_fields=["left_at"])
    return None
