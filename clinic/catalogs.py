"""Translation catalogues without GNU gettext, which a fresh machine does not have.

Babel reads our Python and what Django makes of our templates, writes `locale/<language>/` and
compiles it. English is the language of the msgids, so only the other languages have a file.
"""

import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

PACKAGES = ("clinic", "patients", "cocktails", "treatments")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
FIRST_DAY = datetime(2026, 11, 22, tzinfo=UTC)
PLACEHOLDER = re.compile(r"%(?:\((\w+)\))?[sd]|\{(\w+)\}")


def languages() -> list[str]:
    """The languages that need a catalogue: all of ours but English."""
    return [code for code, _name in settings.LANGUAGES if code != "en"]


def po_path(language: str) -> Path:
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"


def read(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return Catalog(locale=language, project="Mesoderm")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def wanted() -> Catalog:
    """Every msgid that our code and templates ask for today."""
    catalog = Catalog(project="Mesoderm", charset="utf-8")
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        if path.suffix in {".html", ".txt"}:
            # Django keeps the layout of the template; to Python's tokenizer it would be indentation.
            text = "\n".join(line.lstrip() for line in templatize(text).splitlines())
        for _line, found, _comments, context in extract(
            "python", io.BytesIO(text.encode()), keywords=KEYWORDS
        ):
            # No line numbers: a catalogue that changes with every edit hides what really changed.
            catalog.add(
                found, locations=[(str(path.relative_to(settings.ROOT)), 0)], context=context
            )
    return catalog


def update(language: str) -> Catalog:
    """Write the catalogue with new msgids added and unused ones dropped."""
    catalog = read(language)
    catalog.update(wanted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    # A catalogue differs from the last one only in its texts: no dates, no names of tools.
    catalog.header_comment = f"# Mesoderm in the language {language}; see clinic/catalogs.py."
    catalog.creation_date = catalog.revision_date = FIRST_DAY
    catalog.last_translator = catalog.language_team = catalog.msgid_bugs_address = "Mesoderm"
    catalog.version, catalog.fuzzy = "1", False
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(
            file, catalog, sort_output=True, include_lineno=False, omit_header=False, width=100
        )
    return catalog


def compile_all() -> None:
    """Write the binary catalogues that Django reads. They are made on every machine, not committed."""
    for language in languages():
        with po_path(language).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(language))


def faults(language: str) -> Iterator[str]:
    """What keeps the catalogue from being complete, one line each."""
    have = read(language)
    for message in wanted():
        if not message.id:
            continue
        translated = have.get(_key(message), message.context)
        if translated is None:
            yield f"{language}: not in the catalogue: {_key(message)!r}"
        elif translated.fuzzy:
            yield f"{language}: fuzzy: {_key(message)!r}"
        elif not translated.string or (
            isinstance(translated.string, tuple) and not all(translated.string)
        ):
            yield f"{language}: not translated: {_key(message)!r}"
        elif _placeholders(message.id) != _placeholders(translated.string):
            yield f"{language}: other placeholders: {_key(message)!r}"


def _sources() -> Iterator[Path]:
    for package in PACKAGES:
        for path in sorted((settings.ROOT / package).rglob("*.py")):
            if not {"tests", "migrations", "local"} & set(path.parts):
                yield path
    yield from sorted((settings.ROOT / "templates").rglob("*.html"))
    yield from sorted((settings.ROOT / "templates").rglob("*.txt"))


def _key(message: Message) -> str:
    return message.id[0] if isinstance(message.id, list | tuple) else message.id


def _placeholders(text: str | list[str] | tuple[str, ...]) -> set[str]:
    texts = [text] if isinstance(text, str) else list(text)
    return {match.group(0) for part in texts for match in PLACEHOLDER.finditer(part)}
