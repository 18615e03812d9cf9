"""The sheet: real hours, Turkish letters, one page, kept privately, drawn again when it is gone."""

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader

from clinic import pdf
from clinic.pdf import PdfUnavailable
from patients.tests.builders import a_healthy_patient
from treatments.aftercare import documents, facts, rules
from treatments.aftercare.actions import issue_sheet, sheet_content
from treatments.aftercare.documents import read_sheet, sheet_pdf, when_words
from treatments.aftercare.models import AftercareSheet
from treatments.aftercare.terms import AdviceGroup, Band
from treatments.sessions.tests.builders import LAST_WEEK, a_course, a_signed_session, start_of

ISTANBUL, BERLIN = ZoneInfo("Europe/Istanbul"), ZoneInfo("Europe/Berlin")
needs_pango = pytest.mark.skipif(pdf.available() is not None, reason="No PDFs on this machine")


@pytest.fixture
def sheet(db):
    patient = a_healthy_patient(
        now=LAST_WEEK, full_name="Işık Çağlayangil Gökçeoğlu", language="tr"
    )
    a_signed_session(a_course(patient=patient))
    return AftercareSheet.objects.get()


def text_of(content):
    reader = PdfReader(io.BytesIO(content))
    return len(reader.pages), " ".join(reader.pages[0].extract_text().split())


@pytest.mark.parametrize(
    ("language", "words"), [("tr", "Sal 24 Kas 15:40"), ("en", "Tue 24 Nov, 15:40")]
)
def test_times_are_clock_times_with_the_weekday(language, words):
    ended = datetime(2026, 11, 23, 12, 40, tzinfo=UTC)

    assert when_words(ended + timedelta(hours=24), ISTANBUL, language) == words


@pytest.mark.parametrize(
    ("ended", "until"),
    [
        (datetime(2026, 10, 24, 15, 0, tzinfo=BERLIN), "Mon 26 Oct, 14:00"),
        (datetime(2027, 3, 27, 15, 0, tzinfo=BERLIN), "Mon 29 Mar, 16:00"),
    ],
)
def test_48_hours_are_real_hours_when_clocks_change(ended, until):
    [sun] = [each for each in facts.advice() if each.id == "sun"]
    [line] = rules.written([sun], ended_at=ended, language="en", emergency="112")

    instant = datetime.fromisoformat(str(line["until"]))
    assert instant - ended.astimezone(UTC) == timedelta(seconds=172_800)
    assert when_words(instant, BERLIN, "en") == until


def test_every_printed_line_of_advice_has_its_short_form():
    for advice in (*facts.advice(), *facts.normal_course(), *facts.red_flags()):
        if advice.id not in {"fly", "sleep"}:  # these two stand on the patient's page only
            assert advice.short_words("tr")
            assert advice.short_words("en")
        assert "{" not in advice.short_words("tr") + advice.short_words("en")


def test_what_must_be_avoided_stands_in_the_band_of_its_duration():
    bands = {
        each.id: rules.band(each.duration_hours)
        for each in facts.advice()
        if each.group == AdviceGroup.AVOID
    }

    assert bands["makeup"] is Band.FIRST_24
    assert bands["sun"] is Band.UNTIL_48
    assert bands["pool"] is Band.UNTIL_NEXT


def test_the_sheet_is_issued_with_the_signature_and_keeps_every_instant(sheet):
    ended = sheet.signed_session.ended_at

    for line in sheet.content["avoid"]:
        expected = ended + timedelta(hours=line["hours"])
        assert datetime.fromisoformat(line["until"]) == expected
    assert sheet.content["patient"] == "Işık Çağlayangil Gökçeoğlu"
    assert sheet.content["areas"] == ["Sol yanak", "Sağ yanak"]
    assert sheet.content["next_at"] is not None
    assert sheet.language == "tr"


def test_a_sheet_is_issued_once(sheet):
    again = issue_sheet(signed=sheet.signed_session, now=sheet.issued_at + timedelta(hours=1))

    assert again.pk == sheet.pk


def test_the_next_session_is_the_one_after_this(sheet):
    session = sheet.signed_session.planned_session
    following = session.plan.sessions.get(number=2)

    assert datetime.fromisoformat(sheet.content["next_at"]) == start_of(following)
    assert sheet_content(sheet.signed_session)["next_at"] == sheet.content["next_at"]


@needs_pango
def test_the_pdf_is_one_page_of_readable_turkish_with_clock_times(sheet):
    pages, text = text_of(sheet_pdf(sheet))

    ended = sheet.signed_session.ended_at
    assert pages == 1
    for words in (
        "Işık Çağlayangil Gökçeoğlu",
        "Makyaj yapmayın",
        "Güneşe ve solaryuma çıkmayın",
        when_words(ended + timedelta(hours=24), ISTANBUL, "tr"),
        when_words(ended + timedelta(hours=48), ISTANBUL, "tr"),
        "İlk 24 saat",
        "48 saate kadar",
        "Bir sonraki seansa kadar",
        "Ne zaman aramalısınız?",
        "+90 212 000 00 00",
        "112",
    ):
        assert words in text


@needs_pango
@pytest.mark.slow
def test_the_longest_sheet_is_one_page_in_both_languages(sheet):
    vocabulary = [
        "Göz çevresi", "Ağız çevresi", "Sol yanak", "Sağ yanak", "Alın", "Çene hattı", "Dekolte",
    ]  # fmt: skip
    for language in ("tr", "en"):
        sheet.signed_session.patient.language = language
        content = sheet_content(sheet.signed_session) | {
            "patient": "Ayşe Nur Çağlayangil Gökçeoğlu Müftüoğlu-Kırımlıoğlu",
            "areas": vocabulary,
        }
        html = documents.render_to_string("treatments/aftercare/sheet.html", read_sheet(content))
        pages, _text = text_of(pdf.render_pdf(html, title="sheet", language=language))
        assert pages == 1


@needs_pango
def test_the_pdf_is_tagged_and_says_its_language_and_title(sheet):
    reader: Any = PdfReader(io.BytesIO(sheet_pdf(sheet)))

    catalogue = reader.trailer["/Root"]
    fonts = reader.pages[0]["/Resources"]["/Font"].values()
    assert catalogue["/Lang"] == "tr"
    assert catalogue["/MarkInfo"]["/Marked"]
    assert reader.metadata.title.startswith("Seansınızdan sonra")
    assert all("Fira" in font.get_object()["/BaseFont"] for font in fonts)


@needs_pango
def test_the_file_is_private_and_drawn_once_and_again_when_it_is_gone(sheet, settings, monkeypatch):
    content = sheet_pdf(sheet)
    path = Path(sheet.pdf.path)
    assert path.is_relative_to(settings.MEDIA_ROOT)

    monkeypatch.setattr(documents, "render_pdf", lambda *_a, **_k: pytest.fail("drawn twice"))
    assert sheet_pdf(AftercareSheet.objects.get()) == content

    monkeypatch.undo()
    path.unlink()
    assert text_of(sheet_pdf(AftercareSheet.objects.get())) == text_of(content)


@needs_pango
@pytest.mark.slow
def test_a_file_that_was_changed_is_not_handed_out(sheet):
    sheet_pdf(sheet)
    Path(sheet.pdf.path).write_bytes(b"%PDF-1.7 something else")

    assert text_of(sheet_pdf(AftercareSheet.objects.get()))[0] == 1


def test_where_no_pdf_can_be_made_the_sheet_stays(
    db, monkeypatch, django_capture_on_commit_callbacks
):
    def unavailable(*_args, **_kwargs):
        raise PdfUnavailable

    monkeypatch.setattr(documents, "render_pdf", unavailable)
    with django_capture_on_commit_callbacks(execute=True):
        signed = a_signed_session()

    assert AftercareSheet.objects.get().signed_session == signed


@needs_pango
def test_the_pdf_is_there_as_soon_as_the_signature_is_committed(
    db, django_capture_on_commit_callbacks, built_anew
):
    with django_capture_on_commit_callbacks(execute=True):
        a_signed_session()

    sheet = AftercareSheet.objects.get()
    assert Path(sheet.pdf.path).exists()
    assert len(sheet.pdf_sha256) == 64
