"""Small words that every template may use."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()

MOST_KEPT = 500  # drawings of one part; beyond them it begins anew


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


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """An icon of static/img/icons.svg. `label`: words for those who cannot see it."""
    if not label:
        return _decorative(name)
    return format_html(
        '\n<svg class="ms-icon ms-icon-{}" role="img" aria-label="{}" focusable="false">'
        '<use href="{}#{}"></use></svg>\n',
        name,
        label,
        _sprite(),
        name,
    )


@cache
def _sprite() -> str:
    return static("img/icons.svg")


@cache
def _decorative(name: str) -> SafeString:
    """Put together once: a page has dozens of them."""
    safe = escape(name)
    return SafeString(
        f'\n<svg class="ms-icon ms-icon-{safe}" aria-hidden="true" focusable="false">'
        f'<use href="{escape(_sprite())}#{safe}"></use></svg>\n'
    )


class Kept(template.Node):
    """A part of a page that is drawn once for each language and each value it was told of."""

    def __init__(self, nodelist: NodeList, differs_by: Sequence[FilterExpression]) -> None:
        self.nodelist = nodelist
        self.differs_by = differs_by
        self.drawn: dict[tuple[str, ...], SafeString] = {}

    def render(self, context: Context) -> SafeString:
        key = (get_language() or "", *(str(each.resolve(context)) for each in self.differs_by))
        found = self.drawn.get(key)
        if found is None:
            if len(self.drawn) >= MOST_KEPT:
                self.drawn.clear()
            found = self.drawn[key] = self.nodelist.render(context)
        return found


@register.tag
def kept(parser: Parser, token: Token) -> Kept:
    """{% kept what_it_differs_by ... %}...{% endkept %}: what is the same on every page.

    Whatever stands inside may differ by the language and by the values that are named, and by
    nothing else: no token, no address of the request, nobody's name.
    """
    differs_by = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(nodelist, differs_by)
