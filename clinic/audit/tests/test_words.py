"""The manager reads pages and changes in words: a new address or verb without them is named here."""

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.urls import URLResolver, get_resolver
from django.utils import translation

from clinic.audit.models import AuditEntry, ChartReading
from clinic.audit.terms import CHANGES, PAGES
from clinic.catalogs import PACKAGES

VERB = re.compile(r'verb ?= ?"([a-z_.]+)"')
# What is changed in the clinic and not in a patient's record never stands in a patient's list.
# Their addresses name an appointment; the view says whose it is.
SAID_BY_THE_VIEW = {
    "booking:show", "booking:new", "booking:twice", "booking:new-time", "booking:move", "booking:cancel", "booking:state",
    "waitlist:add",
}  # fmt: skip
NOT_OF_A_PATIENT = {
    "room.added",
    "hours.set",
    "day.closed",
    "day.worked",
    "device.added",
    "hours.of_member_set",
    "length.set",
    "resource.named",
    "resource.used",
    "time.blocked",
    "time.lifted",
    "catalogue.loaded",
    "consent.text_written",
}


def _pages_of_a_patient(
    resolver: Any = None, names: tuple[str, ...] = (), address: str = ""
) -> Iterator[str]:
    for pattern in (resolver or get_resolver()).url_patterns:
        full = address + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from _pages_of_a_patient(pattern, inner, full)
        elif "patient_id" in full:
            yield ":".join((*names, str(pattern.name)))


def _verbs_in_the_code() -> Iterator[str]:
    for package in PACKAGES:
        for path in (settings.ROOT / package).rglob("*.py"):
            if "tests" in path.parts or "management" in path.parts:
                continue
            yield from VERB.findall(path.read_text(encoding="utf-8"))


def test_every_page_of_a_patient_has_words():
    pages = set(_pages_of_a_patient())
    assert len(pages) > 20
    assert (pages | SAID_BY_THE_VIEW) - set(PAGES) == set()


def test_every_change_of_a_patient_has_words():
    verbs = set(_verbs_in_the_code())
    assert len(verbs) > 20
    assert verbs - NOT_OF_A_PATIENT - set(CHANGES) == set()


def test_no_words_are_kept_for_what_is_gone():
    assert set(PAGES) - set(_pages_of_a_patient()) - SAID_BY_THE_VIEW == set()
    spoken = {verb for verb in CHANGES if not verb.endswith((".listed", ".removed"))}
    assert spoken - set(_verbs_in_the_code()) == set()


def test_a_row_is_read_in_the_language_of_the_reader():
    row, entry = ChartReading(section="patients:edit"), AuditEntry(verb="plan.held")
    with translation.override("en"):
        assert (str(row.page_words), str(entry.change_words)) == (
            "Personal details",
            "Course put on hold",
        )


def test_a_row_from_a_page_that_is_gone_shows_its_code():
    assert ChartReading(section="old:page").page_words == "old:page"
    assert AuditEntry(verb="old.verb").change_words == "old.verb"
