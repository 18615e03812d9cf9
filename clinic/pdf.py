"""HTML to PDF: the only importer of WeasyPrint, and only at the moment it is needed.

WeasyPrint opens Pango and its relatives from the operating system. Where they are missing, importing
it fails; where there is no font, it ends the whole process. So neither is left to chance: the
libraries may lie beside the app (CLINIC_PANGO_DIR), and the fonts are those of two packages.
"""

import ctypes
import importlib.util
import logging
import os
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from clinic.refusals import Refused

_LIBRARIES = (
    "libgobject-2.0.so.0",
    "libpango-1.0.so.0",
    "libharfbuzz.so.0",
    "libfontconfig.so.1",
    "libpangoft2-1.0.so.0",
)
_OPTIONS = {"pdf_variant": "pdf/ua-1"}
# An element costs about 2 ms: so many are 5 s of one processor, ten times the longest sheet.
MOST_ELEMENTS = 2_500
MOST_CHARACTERS = 200_000
_HELD_INSIDE = re.compile(r"data:[^\"')>\s]*")  # a picture in the document is no text
_FONT_PACKAGES = ("fontpkg_fira_sans", "fontpkg_ibm_plex_sans_arabic")
_FONT_SETTINGS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{folders}
  <cachedir>{cache}</cachedir>
  <alias><family>sans-serif</family><prefer>
    <family>Fira Sans</family><family>IBM Plex Sans Arabic</family>
  </prefer></alias>
</fontconfig>
"""


class PdfUnavailable(Refused):
    """No PDF can be made on this machine; the page itself can still be printed."""

    status = 503
    code = "pdf_unavailable"

    def __init__(self, message: str | Promise | None = None) -> None:
        super().__init__(
            message or _("PDFs cannot be made on this machine. Print the page from the browser.")
        )


class DocumentTooLarge(Refused):
    """So much text would keep the server busy for long."""

    status = 422
    code = "document_too_large"


def available() -> str | None:
    """Return None when PDFs can be made, otherwise what is missing, in plain words."""
    _preload_unpacked_libraries()
    for library in _LIBRARIES:
        try:
            ctypes.CDLL(library)
        except OSError:
            return gettext("The library %(name)s cannot be loaded; it comes with Pango.") % {
                "name": library
            }
    for package in _FONT_PACKAGES:
        if not _font_folder(package):
            return gettext("The fonts of the package %(name)s are missing.") % {"name": package}
    return None


def render_pdf(html: str, *, title: str, language: str) -> bytes:
    """Return the tagged PDF (PDF/UA-1) of an HTML document; the same input gives the same bytes.

    `title` and `language` are what a screen reader announces. Nothing is fetched: pictures are
    `data:` addresses, styles stand in the document itself. Raises PdfUnavailable, DocumentTooLarge.
    """
    text = _HELD_INSIDE.sub("", html)
    if len(text) > MOST_CHARACTERS or text.count("<") > 2 * MOST_ELEMENTS:
        raise DocumentTooLarge(
            _(
                "This document is too long to be printed. Shorten its text, or print the page itself."
            )
        )
    if reason := available():
        raise PdfUnavailable(reason)
    engine = _engine()
    # Pango's font map belongs to one thread at a time; more threads would not be faster anyway.
    with engine.one_at_a_time:
        document = engine.weasyprint.HTML(string=html, url_fetcher=engine.fetcher).render(
            font_config=engine.fonts, **_OPTIONS
        )
        document.metadata.title = title
        document.metadata.lang = language
        return bytes(document.write_pdf(**_OPTIONS))


@dataclass(frozen=True)
class _Engine:
    weasyprint: Any
    fonts: Any
    fetcher: Any
    one_at_a_time: threading.Lock


@cache
def _engine() -> _Engine:
    """Import WeasyPrint, which reads the fonts; kept for the life of this process."""
    os.environ["FONTCONFIG_FILE"] = str(_write_font_settings())
    import weasyprint
    from weasyprint.text.fonts import FontConfiguration

    # It logs the addresses that it could not read, and a picture's address is the picture itself.
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    return _Engine(weasyprint, FontConfiguration(), _fetcher(), threading.Lock())


def _fetcher() -> Any:
    """Return what WeasyPrint reads addresses with: only those that hold their content themselves.

    Otherwise any text that found its way into a sheet could read this server's files and network.
    """
    from weasyprint.urls import URLFetcher

    class OnlyWhatIsInTheDocument(URLFetcher):
        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if not url.casefold().startswith("data:"):
                raise ValueError("A sheet reads nothing from files or from the network.")
            return super().fetch(url, headers)

    return OnlyWhatIsInTheDocument(allowed_protocols={"data"}, allow_redirects=False)


@cache
def _preload_unpacked_libraries() -> None:
    """Load what ./run unpacked beside the app; the loader then finds each by its own name.

    The order follows from what each one needs: whatever cannot be loaded yet is tried again.
    """
    folder = os.environ.get("CLINIC_PANGO_DIR")
    waiting = sorted(Path(folder).glob("*.so.*")) if folder else []
    while waiting:
        still_waiting = [library for library in waiting if not _loads(library)]
        if len(still_waiting) == len(waiting):
            return
        waiting = still_waiting


def _loads(library: Path) -> bool:
    try:
        ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return False
    return True


def _write_font_settings() -> Path:
    """Name the two packages' folders to fontconfig, and nothing else: every machine draws alike."""
    folder = Path(settings.CLINIC_DATA) / "fonts"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folders = [_font_folder(package) for package in _FONT_PACKAGES]
    content = _FONT_SETTINGS.format(
        folders="\n".join(f"  <dir>{escape(str(path))}</dir>" for path in folders),
        cache=escape(str(folder / "cache")),
    )
    path = folder / "fonts.conf"
    fresh = folder / f"fonts.{os.getpid()}.new"
    fresh.write_text(content)
    fresh.replace(path)
    return path


def _font_folder(package: str) -> Path | None:
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "files"
    return folder if any(folder.glob("*.ttf")) else None
