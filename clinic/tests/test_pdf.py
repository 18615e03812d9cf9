"""What a sheet must be: readable letters, the same everywhere, and blind to files and network."""

import ctypes
import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import StreamObject

from clinic import pdf
from clinic.refusals import Refused

TURKISH = "İIıi Ğğ Şş Çç Öö Üü: Işıl Çağrı Gökçe, 15:40"
SECRET = "/* another patient's name */"
# The smallest picture: one transparent dot.
DOT = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


needs_pango = pytest.mark.skipif(
    (reason := pdf.available()) is not None, reason=f"No PDFs on this machine: {reason}"
)


@pytest.fixture
def asked() -> Iterator[list[str]]:
    """A web server on this machine; yields the paths it was asked for."""
    paths: list[str] = []

    class Remember(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Remember)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    paths.append(f"http://127.0.0.1:{server.server_port}")
    yield paths
    server.shutdown()
    thread.join()
    server.server_close()


def document(body: str, head: str = "") -> str:
    return f'<!doctype html><html lang="tr"><head>{head}</head><body>{body}</body></html>'


def read(content: bytes) -> Any:
    return PdfReader(io.BytesIO(content))


def streams(content: bytes) -> bytes:
    """Everything that is packed into the PDF: text, styles, attached files."""
    reader = read(content)
    objects = (reader.get_object(number) for number in range(1, reader.trailer["/Size"]))
    return b"\n".join(part.get_data() for part in objects if isinstance(part, StreamObject))


@needs_pango
def test_turkish_letters_can_be_read_from_the_sheet():
    made = pdf.render_pdf(document(f"<p>{TURKISH}</p>"), title="Bakım", language="tr")

    text = read(made).pages[0].extract_text()
    assert " ".join(text.split()) == TURKISH


@needs_pango
def test_every_font_is_embedded_and_comes_from_the_two_packages():
    made = pdf.render_pdf(
        document(f"<p>{TURKISH} <b>dikkat</b></p><p>مرحبا</p>"), title="Bakım", language="tr"
    )

    fonts = [font.get_object() for font in read(made).pages[0]["/Resources"]["/Font"].values()]
    names = {str(font["/BaseFont"]).partition("+")[2] for font in fonts}
    assert names
    assert all(name.startswith(("Fira-Sans", "IBM-Plex-Sans-Arabic")) for name in names), names
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"]
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor)


@needs_pango
def test_the_sheet_is_tagged_and_says_its_title_and_language():
    made = pdf.render_pdf(document("<h1>A</h1>"), title="Bakım önerileri", language="tr")

    catalog = read(made).trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "tr"
    assert read(made).metadata.title == "Bakım önerileri"
    assert b"pdfuaid:part" in catalog["/Metadata"].get_object().get_data()


@needs_pango
def test_the_same_input_gives_the_same_bytes():
    sheets = {
        pdf.render_pdf(document(f"<p>{TURKISH}</p>"), title="A", language="tr") for _ in range(2)
    }
    assert len(sheets) == 1


@needs_pango
def test_a_picture_inside_the_document_is_drawn():
    made = pdf.render_pdf(document(f'<img src="{DOT}" alt="A dot">'), title="A", language="en")

    assert len(read(made).pages[0].images) == 1


@pytest.mark.parametrize(
    "body", ["x<br>" * 10_000, "w" * 200_001, "<p>note</p>" * 3_000, "words " * 170_000]
)
def test_a_text_that_would_keep_the_server_busy_is_refused_before_it_is_drawn(body):
    """D2."""
    with pytest.raises(pdf.DocumentTooLarge) as refused:
        pdf.render_pdf(document(body), title="A", language="en")
    assert refused.value.status == 422


@needs_pango
def test_a_long_text_and_large_pictures_are_drawn():
    picture = f'<img src="data:image/gif;base64,{"A" * 300_000}" alt="">'
    body = "<p>line</p>" * 50 + "w" * 5_000 + picture

    assert pdf.render_pdf(document(body), title="A", language="en").startswith(b"%PDF")


REFERENCES = {
    "picture": '<img src="{}" alt="">',
    "style sheet": '<link rel="stylesheet" href="{}">',
    "import": "<style>@import url({});</style>",
    "background": '<p style="background: url({})">x</p>',
    "font": "<style>@font-face {{ font-family: X; src: url({}) }} p {{ font-family: X }}</style><p>x",
    "object": '<object data="{}"></object>',
    "embed": '<embed src="{}">',
    "attachment": '<a rel="attachment" href="{}">x</a>',
    "link attachment": '<link rel="attachment" href="{}">',
    "svg": "<svg><image href='{}' width='1' height='1'/></svg>",
}


@needs_pango
@pytest.mark.parametrize("reference", REFERENCES.values(), ids=REFERENCES.keys())
def test_nothing_is_read_from_files_or_from_the_network(reference, asked, tmp_path):
    secret = tmp_path / "secret.css"
    secret.write_text(SECRET)
    for address in (f"{asked[0]}/taken", secret.as_uri()):
        made = pdf.render_pdf(document(reference.format(address)), title="A", language="en")

        assert SECRET.encode() not in streams(made)
    assert asked[1:] == []


@needs_pango
@pytest.mark.parametrize("reference", ["attachment", "link attachment"])
def test_without_our_fetcher_a_file_would_be_read(reference, tmp_path):
    """The negative control of the test above."""
    secret = tmp_path / "secret.css"
    secret.write_text(SECRET)

    made = with_the_default_fetcher(document(REFERENCES[reference].format(secret.as_uri())))

    assert SECRET.encode() in streams(made)


@needs_pango
@pytest.mark.parametrize("reference", ["picture", "style sheet", "import", "font", "attachment"])
def test_without_our_fetcher_the_network_would_be_asked(reference, asked):
    """The negative control of the test above."""
    with_the_default_fetcher(document(REFERENCES[reference].format(f"{asked[0]}/taken")))

    assert "/taken" in asked


def with_the_default_fetcher(html: str) -> bytes:
    pdf._engine()
    from weasyprint import HTML

    return HTML(string=html).write_pdf()


@needs_pango
def test_several_threads_may_ask_at_once():
    made: list[bytes] = []

    def make() -> None:
        made.append(pdf.render_pdf(document(f"<p>{TURKISH}</p>"), title="A", language="tr"))

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 4
    assert len(set(made)) == 1


class TestWithoutPango:
    """Where the operating system has no Pango."""

    @pytest.fixture(autouse=True)
    def _no_library(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(name: str, **_mode: object) -> None:
            raise OSError(f"{name}: cannot open shared object file")

        monkeypatch.setattr(ctypes, "CDLL", refuse)

    def test_what_is_missing_is_named(self):
        assert "libgobject-2.0.so.0" in (pdf.available() or "")

    def test_asking_for_a_sheet_is_refused_with_words(self):
        with pytest.raises(pdf.PdfUnavailable, match="libgobject") as refusal:
            pdf.render_pdf("<p>x</p>", title="A", language="en")
        assert isinstance(refusal.value, Refused)
        assert refusal.value.status == 503


def test_fonts_that_are_missing_are_named_before_weasyprint_could_crash(monkeypatch):
    monkeypatch.setattr(pdf, "_FONT_PACKAGES", ("no_such_fonts",))

    assert "no_such_fonts" in (pdf.available() or "")


def test_libraries_beside_the_app_are_loaded_in_whatever_order_they_need(monkeypatch, tmp_path):
    needs = {"liba.so.0": {"libz.so.1"}, "libm.so.6": {"liba.so.0"}, "libz.so.1": set()}
    for name in needs:
        (tmp_path / name).touch()
    loaded: list[str] = []

    def load(path: str, mode: int = 0) -> None:
        name = Path(path).name
        if not needs[name] <= set(loaded):
            raise OSError(f"{name}: something it needs is missing")
        assert mode == ctypes.RTLD_GLOBAL
        loaded.append(name)

    monkeypatch.setattr(ctypes, "CDLL", load)
    monkeypatch.setenv("CLINIC_PANGO_DIR", str(tmp_path))
    pdf._preload_unpacked_libraries.__wrapped__()

    assert loaded == ["libz.so.1", "liba.so.0", "libm.so.6"]
