"""Small words that every template may use."""

from datetime import datetime
from typing import Any

from django import template
from django.utils.timezone import localtime

register = template.Library()


@register.filter
def clock(moment: datetime) -> str:
    """A moment as the clinic's clock shows it: 14:30."""
    return f"{localtime(moment):%H:%M}"


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """The value under `key`, or nothing."""
    return mapping.get(key)
