"""The sheet on paper: one page, the same bytes for the same content, kept privately."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime
from django.conf import settings
from django.core.files.base import ContentFile
from django.template.loader import render_to_string
from django.urls import reverse

from clinic.pdf import render_pdf
from clinic.qr import qr_picture
from treatments.aftercare.facts import sheet_line
from treatments.aftercare.models import AftercareSheet
from treatments.aftercare.pictograms import DRAWINGS
from treatments.aftercare.rules import band, clock_time
from treatments.aftercare.terms import Band, Urgency

SEAL_DIGITS = 12
_PATTERNS = {"tr": "EEE d MMM HH:mm", "en": "EEE d MMM, HH:mm"}


@dataclass(frozen=True)
class Line:
    id: str
    text: str
    short: str
    until: str  # "until Tue 24 Nov, 15:40", or ""
    # "No make-up until " + "Tue 24 Nov, 15:40" + "": the clock time is set in bold.
    before: str = ""
    clock: str = ""
    after: str = ""


@dataclass(frozen=True)
class PrintedBand:
    title: str
    until: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class PrintedWarning:
    call: str
    lines: Sequence[Line]


def sheet_pdf(sheet: AftercareSheet) -> bytes:
    """Return the PDF of a sheet: rendered once, and again from its content when the file is gone.

    Raises clinic.pdf.PdfUnavailable where no PDF can be made; the sheet itself stays.
    """
    if kept := _kept(sheet):
        return kept
    content = render_pdf(
        render_to_string(
            "treatments/aftercare/sheet.html",
            read_sheet(sheet.content) | {"code": qr_picture(address_to_verify(sheet))},
        ),
        title=f"{sheet_line('title', sheet.language)} - {sheet.content['clinic']['name']}",
        language=sheet.language,
    )
    sheet.pdf.save(f"{sheet.pk}.pdf", ContentFile(content), save=False)
    sheet.pdf_sha256 = hashlib.sha256(content).hexdigest()
    sheet.save(update_fields=["pdf", "pdf_sha256"])
    return content


def address_to_verify(sheet: AftercareSheet) -> str:
    """Where anybody who holds the paper sees whether it is genuine and still holds."""
    path = reverse("aftercare:verify", args=[sheet.pk, seal_of(sheet.content)])
    return f"{settings.BASE_URL}{path}"


def seal_of(content: Mapping[str, Any]) -> str:
    """Twelve hexadecimal digits of what a sheet says: whoever changes a word has another seal."""
    exact = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(exact.encode()).hexdigest()[:SEAL_DIGITS]


def _kept(sheet: AftercareSheet) -> bytes | None:
    """The stored file, if it is there and still what was rendered."""
    if not sheet.pdf:
        return None
    try:
        with sheet.pdf.open("rb") as file:
            content: bytes = file.read()
    except OSError:
        return None
    return content if hashlib.sha256(content).hexdigest() == sheet.pdf_sha256 else None


def read_sheet(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page and the PDF show, every instant as the clinic's clock tells it."""
    language, zone = content["language"], ZoneInfo(content["zone"])
    say = _Speaker(language)
    clinic = content["clinic"]
    avoid = [_line(each, say, zone) for each in content["avoid"]]
    return {
        "language": language,
        "say": {key: say(key, **clinic) for key in ("title", "normal", "warning", "more", "check")},
        "replaces": say("replaces", when=when_words(_instant(content["replaces"]), zone, language))
        if content.get("replaces")
        else "",
        "clinic": clinic,
        "phone": say("phone", **clinic),
        "emergency": say("emergency", **clinic),
        "for_whom": say("for", name=content["patient"]),
        "ended": say("ended", when=when_words(_instant(content["ended_at"]), zone, language)),
        "areas": say("area", areas=", ".join(content["areas"])) if content["areas"] else "",
        "next": say("next", when=when_words(_instant(content["next_at"]), zone, language))
        if content["next_at"]
        else say("no_next"),
        "bands": _bands(content["avoid"], avoid, say, zone),
        "ends": _ends(content["avoid"], avoid),
        "do": [_line(each, say, zone) for each in content["do"]],
        "normal": [_line(each, say, zone) for each in content["normal"]],
        "warnings": list(_warnings(content["red_flags"], say, zone, clinic)),
        "drawings": _DRAWN,
    }


def when_words(moment: datetime, zone: ZoneInfo, language: str) -> str:
    """ "Tue 24 Nov, 15:40", "Sal 24 Kas 15:40"; never earlier than the instant."""
    known = "tr" if language.startswith("tr") else "en"
    return format_datetime(clock_time(moment, zone), _PATTERNS[known], locale=known)


class _Speaker:
    """The lines of the sheet's frame, in one language."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, **values: Any) -> str:
        return sheet_line(key, self.language).format(**values)


def _line(entry: Mapping[str, Any], say: _Speaker, zone: ZoneInfo) -> Line:
    until = when_words(_instant(entry["until"]), zone, say.language) if entry["until"] else ""
    short = entry["short"]
    before, clock, after = (
        say("what_until", what=short, when=until).partition(until) if until else (short, "", "")
    )
    return Line(
        id=entry["id"],
        text=entry["text"],
        short=short,
        until=say("until_when", when=until) if until else "",
        before=before,
        clock=clock,
        after=after,
    )


def _bands(
    entries: Sequence[Mapping[str, Any]], lines: Sequence[Line], say: _Speaker, zone: ZoneInfo
) -> list[PrintedBand]:
    bands = []
    for each in Band:
        own = [
            (entry, line)
            for entry, line in zip(entries, lines, strict=True)
            if band(entry["hours"]) is each and line.short
        ]
        if own:
            ends = {entry["until"] for entry, _ in own}
            one_end = ends.pop() if len(ends) == 1 else None
            bands.append(
                PrintedBand(
                    title=say(each.value),
                    until=when_words(_instant(one_end), zone, say.language) if one_end else "",
                    lines=[line for _entry, line in own],
                )
            )
    return bands


def _ends(
    entries: Sequence[Mapping[str, Any]], lines: Sequence[Line]
) -> list[tuple[str, list[Line]]]:
    """The lines by the moment at which they end, the nearest first: for the patient's page."""
    ends: dict[str, list[Line]] = {}
    pairs = zip(entries, lines, strict=True)
    for _entry, line in sorted(pairs, key=lambda pair: _instant(pair[0]["until"])):
        ends.setdefault(line.until, []).append(line)
    return list(ends.items())


def _warnings(
    entries: Sequence[Mapping[str, Any]], say: _Speaker, zone: ZoneInfo, clinic: Mapping[str, str]
) -> Sequence[PrintedWarning]:
    """The red flags by whom to call, the most urgent first; a term of days stands in the line."""
    calls = {
        "call_emergency": {Urgency.EMERGENCY},
        "call_clinic": {Urgency.AT_ONCE},
        "call_within": {Urgency.WITHIN_1_DAY, Urgency.WITHIN_3_DAYS, Urgency.WITHIN_7_DAYS},
    }
    found = []
    for call, urgencies in calls.items():
        lines = []
        for entry in sorted(
            (entry for entry in entries if Urgency(entry["urgency"]) in urgencies),
            key=lambda entry: list(Urgency).index(Urgency(entry["urgency"])),
        ):
            line = _line(entry, say, zone)
            term = say(entry["urgency"]) if call == "call_within" else ""
            lines.append(Line(line.id, line.text, line.short, term))
        found.append(PrintedWarning(say(call, **clinic), lines))
    return found


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _drawn(strokes: str) -> str:
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#000"'
        f' stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">{strokes}</svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(picture.encode()).decode()}"


_DRAWN = {name: _drawn(strokes) for name, strokes in DRAWINGS.items()}
