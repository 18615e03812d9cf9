"""The printed sheet as machines read it: PDF/UA-1 by a checker of its own, every word extractable."""

import subprocess
import sys
from pathlib import Path

import pytest
from pypdfium2 import PdfDocument

from clinic import pdf
from patients.tests.builders import a_healthy_patient
from treatments.aftercare import documents
from treatments.aftercare.documents import read_sheet, sheet_pdf
from treatments.aftercare.models import AftercareSheet
from treatments.sessions.tests.builders import LAST_WEEK, a_course, a_signed_session

pytestmark = pytest.mark.skipif(pdf.available() is not None, reason="No PDFs on this machine")

TURKISH = [f"{first} {last}" for first in ("Işık", "İnci", "Ağça", "Ömür") for last in
           ("Çağlayangil", "Gökçeoğlu", "Şımarık", "Üçüncüoğlu", "Kırımlı")]  # fmt: skip
CYRILLIC = [f"{first} {last}" for first in ("Ольга", "Юлия", "Анна") for last in
            ("Щербакова", "Ёлкина", "Жданова", "Цветкова", "Фёдорова")]  # fmt: skip
ARABIC = [f"{first} {last}" for first in ("فاطمة", "مريم", "زينب") for last in
          ("الزهراء", "حسين", "عبدالله", "خليل", "ياسين")]  # fmt: skip
NAMES = TURKISH + CYRILLIC + ARABIC


@pytest.fixture
def sheet(db):
    patient = a_healthy_patient(now=LAST_WEEK, full_name=TURKISH[0], language="tr")
    a_signed_session(a_course(patient=patient))
    return AftercareSheet.objects.get()


def checked(content, folder: Path) -> subprocess.CompletedProcess[str]:
    """The verdict of a checker that shares nothing with what made the file."""
    file = folder / "sheet.pdf"
    file.write_bytes(content)
    return subprocess.run(
        # Not the installed script: that one names the folder in which it was installed.
        [sys.executable, "-m", "outloud.cli", "--layer", "conformance", str(file)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_sheet_passes_a_checker_of_pdf_ua(sheet, tmp_path):
    said = checked(sheet_pdf(sheet), tmp_path)

    assert said.returncode == 0, said.stdout


@pytest.mark.slow
def test_the_checker_finds_a_picture_without_words(sheet, tmp_path):
    """The negative control."""
    html = documents.render_to_string(
        "treatments/aftercare/sheet.html", read_sheet(sheet.content) | {"code": "data:,"}
    )
    pixel = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/%3E"
    unsaid = html.replace("</main>", f'<img src="{pixel}"></main>')
    said = checked(pdf.render_pdf(unsaid, title="sheet", language="tr"), tmp_path)

    assert said.returncode != 0


def words_on_paper(sheet, name):
    content = sheet.content | {"patient": name}
    html = documents.render_to_string("treatments/aftercare/sheet.html", read_sheet(content))
    # A reader that knows how letters are joined and run from right to left.
    read = PdfDocument(pdf.render_pdf(html, title="sheet", language="tr"))
    return len(read), " ".join(read[0].get_textpage().get_text_bounded().split())


def is_said(name, text):
    """Every word stands in the text. Letters that are drawn as one may be read in either order."""
    read = {"".join(sorted(word)) for word in text.split()}
    return all("".join(sorted(word)) in read for word in name.split())


def test_there_are_fifty_names():
    assert len(set(NAMES)) == 50


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(TURKISH[7], marks=pytest.mark.slow),
        pytest.param(CYRILLIC[6], marks=pytest.mark.slow),
        ARABIC[0],
    ],
)
def test_the_name_can_be_read_out_of_the_page(sheet, name):
    pages, text = words_on_paper(sheet, name)

    assert pages == 1
    assert is_said(name, text)
    assert not is_said("Somebody Else", text)


@pytest.mark.slow
def test_fifty_names_of_three_alphabets_and_every_line_of_the_record(sheet):
    for name in NAMES:
        pages, text = words_on_paper(sheet, name)
        assert pages == 1
        assert is_said(name, text), name
        read = read_sheet(sheet.content)
        for line in (line for band in read["bands"] for line in band.lines):
            assert " ".join(line.short.split()) in text
            assert line.clock in text
