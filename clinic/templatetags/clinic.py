"""Small words that every template may use."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def clock(moment: datetime) -> str:
    """A moment as the clinic's clock shows it: 14:30."""
    return f"{localtime(moment):%H:%M}"


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """The value under `key`, or nothing."""
    return mapping.get(key)


@register.filter
def verdict_word(verdict: str) -> str:
    """The word that people read for a verdict of the rules."""
    words = {
        "clear": _("Clear"),
        "caution": _("Caution"),
        "hold": _("On hold"),
        "refuse": _("Not suitable"),
    }
    return words[verdict]
