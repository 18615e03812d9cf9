"""The parts every page is built from keep their promises: nothing inline, every icon drawn."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = settings.ROOT / "templates"
SPRITE = (settings.ROOT / "static/img/icons.svg").read_text()
DRAWN = set(re.findall(r'<symbol id="([^"]+)"', SPRITE))
ICON = re.compile(r'components/_icon\.html" with name="([^"]+)"')
INLINE = re.compile(
    r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=\"|javascript:", re.IGNORECASE
)

# What a `documents.py` renders goes to the PDF writer and never meets a browser's policy.
sheets = {
    name
    for documents in settings.ROOT.glob("*/*/documents.py")
    for name in re.findall(r'"([a-z_/]+\.html)"', documents.read_text())
}
pages = [
    page
    for page in TEMPLATES.rglob("*.html")
    if page.name != "document_base.html" and str(page.relative_to(TEMPLATES)) not in sheets
]


def undrawn_icons(text: str) -> set[str]:
    return set(ICON.findall(text)) - DRAWN


@pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_page_names_only_icons_that_are_drawn(page: Path):
    assert undrawn_icons(page.read_text()) == set()


def test_an_icon_that_nobody_drew_is_noticed():
    assert undrawn_icons('{% include "components/_icon.html" with name="unicorn" %}') == {"unicorn"}


@pytest.mark.parametrize("page", pages, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_a_page_has_nothing_that_the_content_policy_blocks(page: Path):
    assert INLINE.findall(page.read_text()) == []


@pytest.mark.parametrize(
    "planted",
    ['<p style="color:red">', "<style>p{}</style>", "<script>1</script>", '<a onclick="go()">'],
)
def test_a_planted_inline_part_is_noticed(planted: str):
    assert INLINE.search(planted)


@pytest.mark.parametrize(
    "part", sorted((TEMPLATES / "components").glob("*.html")), ids=lambda part: part.name
)
def test_a_component_says_in_its_first_line_what_it_takes(part: Path):
    assert part.read_text().startswith("{# ")
