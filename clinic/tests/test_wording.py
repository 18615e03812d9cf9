"""S7: no page, sheet or text recommends, ranks, promises or diagnoses."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from clinic.catalogs import PACKAGES

ENGLISH = (
    r"recommend(?:s|ed|ation|ations)?", r"we advise", r"best (?:treatment|choice|cocktail|dose)",
    r"most effective", r"guarantee(?:s|d)?", r"proven to", r"safe to (?:treat|inject)",
    r"(?<!not )(?<!not be )suitable for", r"will (?:cure|remove|fade|lighten)", r"ideal", r"optimal",
    r"suggested (?:dose|treatment|cocktail)", r"diagnosed as", r"the right cocktail",
)  # fmt: skip
TURKISH = (
    r"öneri(?:r|riz|lir|yoruz|miz|len)\w*", r"tavsiye\w*", r"en iyi (?:tedavi|seçim|doz|karışım)",
    r"en etkili", r"garanti\w*", r"kesin (?:sonuç|çözüm)", r"tedaviye uygundur", r"güvenle uygulan\w*",
    r"optimal", r"tanısı konuldu", r"iyileştirir", r"yok eder",
)  # fmt: skip
FORBIDDEN = re.compile(rf"\b(?:{'|'.join((*ENGLISH, *TURKISH))})\b", re.IGNORECASE)

# What says the opposite, or quotes somebody else.
HARMLESS = (
    "recommend nothing",
    "breastfeeding not recommended",
    "creams your doctor recommended",
    "width: { ideal: ",  # of a camera
)
TEXTS = (
    "templates/**/*.html",
    "locale/**/*.po",
    "patients/screening/rule_sets/*/*.json",
    "patients/consents/texts/**/*.*",
    "treatments/aftercare/*.json",
    "static/js/*.js",
)


def spoken(text: str) -> list[str]:
    """What a text says that it must not, each with the words around it."""
    found = []
    for hit in FORBIDDEN.finditer(text):
        around = " ".join(text[max(0, hit.start() - 40) : hit.end() + 40].split())
        if not any(harmless in around for harmless in HARMLESS):
            found.append(around)
    return found


def texts_of_files() -> Iterator[tuple[str, str]]:
    for pattern in TEXTS:
        for path in sorted(settings.ROOT.glob(pattern)):
            # A text may be broken over lines of a catalogue.
            text = path.read_text(encoding="utf-8").replace('"\n"', "")
            yield str(path.relative_to(settings.ROOT)), text


def texts_of_code() -> Iterator[tuple[str, str]]:
    """Every string of the program itself: what is not translated yet stands only there."""
    for package in PACKAGES:
        for path in sorted((settings.ROOT / package).rglob("*.py")):
            if "tests" not in path.parts:
                yield str(path.relative_to(settings.ROOT)), " | ".join(strings_in(path))


def strings_in(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"_", "gettext", "ngettext", "pgettext_lazy", "gettext_lazy"}
        ):
            yield from (
                each.value
                for each in node.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            )


@pytest.mark.parametrize("texts", [texts_of_files, texts_of_code])
def test_nothing_recommends_ranks_promises_or_diagnoses(texts):
    read = dict(texts())

    assert len(read) > 50
    assert {name: said for name, text in read.items() if (said := spoken(text))} == {}


@pytest.mark.parametrize(
    "text",
    [
        "We recommend this cocktail.",
        "The best treatment for melasma",
        "It will lighten the spots.",
        "Suitable for treatment",
        "Bu kokteyli öneriyoruz.",
        "Tedaviye uygundur.",
        "Kesin sonuç garanti edilir.",
        "En etkili karışım",
    ],
)
def test_the_word_list_finds_what_must_not_be_said(text):
    assert spoken(text)


@pytest.mark.parametrize(
    "text",
    ["Not suitable for treatment today", "Nobody may override it.", "Hekim karar verir."],
)
def test_the_word_list_lets_plain_words_pass(text):
    assert spoken(text) == []
