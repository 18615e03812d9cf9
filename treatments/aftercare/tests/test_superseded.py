"""A sheet whose times were wrong: another takes its place, says so, and every way leads to it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic import pdf
from clinic.tests import builders as clinic
from patients.links.actions import link_to
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from treatments.aftercare import documents, queries
from treatments.aftercare.documents import address_to_verify, seal_of, sheet_pdf
from treatments.aftercare.models import AftercareSheet
from treatments.sessions.actions import amend_session
from treatments.sessions.queries import ended_at_of, signed_session
from treatments.sessions.refusals import WrongEnd
from treatments.sessions.tests.builders import a_signed_session

LATER = timedelta(minutes=2)
BORN = {"born-day": "14", "born-month": "3", "born-year": "1992"}
needs_pango = pytest.mark.skipif(pdf.available() is not None, reason="No PDFs on this machine")


@pytest.fixture
def signed(db):
    return a_signed_session()


def corrected(signed, ended_at, **said):
    facts = {
        "text": "The session ended later.",
        "reason": "The clock of the room was slow.",
        "by": signed.signed_by,
        "now": signed.signed_at + LATER,
    }
    return amend_session(signed=signed, ended_at=ended_at, **(facts | said))


def until(sheet, advice):
    [line] = [each for each in sheet.content["avoid"] if each["id"] == advice]
    return datetime.fromisoformat(line["until"])


def test_another_end_is_another_sheet_with_every_time_counted_anew(signed):
    before = AftercareSheet.objects.get()
    end = signed.ended_at + timedelta(minutes=3)

    corrected(signed, end)

    after = queries.sheet_of(signed.planned_session_id)
    assert after.supersedes == before
    assert until(after, "sun") - end == timedelta(hours=48)
    assert until(after, "sun") - until(before, "sun") == timedelta(minutes=3)
    assert documents.read_sheet(after.content)["replaces"]
    assert not documents.read_sheet(before.content)["replaces"]
    assert ended_at_of(signed_session(signed.pk)) == end
    before.refresh_from_db()
    assert until(before, "sun") - signed.ended_at == timedelta(hours=48)  # stays as it was given


def test_a_second_correction_takes_the_place_of_the_first(signed):
    for minutes in (3, 4):
        corrected(signed, signed.ended_at + timedelta(minutes=minutes))

    sheets = AftercareSheet.objects.order_by("issued_at", "pk")
    assert sheets.count() == 3
    assert sheets.filter(superseded_by__isnull=True).count() == 1
    holding = queries.sheet_that_holds(sheets.get(supersedes=None).pk)
    assert datetime.fromisoformat(holding.content["ended_at"]) == signed.ended_at + timedelta(
        minutes=4
    )


def test_an_amendment_about_something_else_leaves_the_sheet_alone(signed):
    corrected(signed, None, text="The pain was 5, not 3.")

    assert AftercareSheet.objects.count() == 1


@pytest.mark.parametrize("minutes", [-60, 60])
def test_an_end_before_the_beginning_or_in_the_future_is_refused(signed, minutes):
    with pytest.raises(WrongEnd):
        corrected(signed, signed.ended_at + timedelta(minutes=minutes))

    assert AftercareSheet.objects.count() == 1
    assert not signed_session(signed.pk).amendments.all()


def test_the_database_keeps_one_first_sheet_and_one_successor(signed):
    corrected(signed, signed.ended_at + timedelta(minutes=1))
    first = AftercareSheet.objects.get(supersedes=None)

    for supersedes in (None, first):
        again = AftercareSheet(
            patient=signed.patient,
            signed_session=signed,
            supersedes=supersedes,
            language="tr",
            content={},
            issued_at=signed.signed_at,
        )
        with pytest.raises(IntegrityError), transaction.atomic():
            again.save()


def test_the_patients_old_link_opens_the_sheet_that_holds(client, signed):
    link = link_to(
        patient=signed.patient,
        purpose=LinkPurpose.AFTERCARE,
        about_id=AftercareSheet.objects.get().pk,
        expires_at=datetime.now(signed.ended_at.tzinfo) + timedelta(days=90),
        now=datetime.now(signed.ended_at.tzinfo),
    )
    corrected(signed, signed.ended_at + timedelta(minutes=3))
    after = queries.sheet_of(signed.planned_session_id)

    page = client.post(
        reverse("aftercare:open", args=[token_for(link.pk)]), BORN, follow=True
    ).content.decode()

    assert documents.read_sheet(after.content)["replaces"] in page


def test_the_page_takes_the_clock_time_and_keeps_what_was_typed(client, signed):
    client.force_login(signed.signed_by)
    session = signed.planned_session
    address = reverse("sessions:amend", args=[signed.patient_id, session.pk])
    typed = {"text": "It ended in the night.", "reason": "The clock was wrong.", "ended": "00:01"}

    refused = client.post(address, typed)

    assert refused.status_code == 422
    assert 'value="00:01"' in refused.content.decode()
    assert AftercareSheet.objects.count() == 1
    assert client.post(address, typed | {"ended": ""}).status_code == 302
    assert AftercareSheet.objects.count() == 1


def verify(client, sheet, seal=None):
    return client.get(
        reverse("aftercare:verify", args=[sheet.pk, seal or seal_of(sheet.content)]),
        headers={"accept-language": "en"},
    )


def test_the_code_on_the_paper_says_whether_the_sheet_holds(client, signed, settings):
    before = AftercareSheet.objects.get()
    client.cookies["django_language"] = "en"
    assert "It holds" in verify(client, before).content.decode()

    corrected(signed, signed.ended_at + timedelta(minutes=3))

    page = verify(client, before).content.decode()
    assert "a newer one has taken its place" in page
    assert signed.patient.full_name not in page
    assert address_to_verify(before).startswith(settings.BASE_URL)
    assert (
        "It holds" in verify(client, queries.sheet_of(signed.planned_session_id)).content.decode()
    )


def test_whoever_knows_only_the_number_of_a_sheet_learns_nothing(client, signed):
    sheet = AftercareSheet.objects.get()

    assert verify(client, sheet, seal="0" * 12).status_code == 404
    changed = sheet.content | {"patient": "Somebody Else"}
    assert verify(client, sheet, seal=seal_of(changed)).status_code == 404


@needs_pango
def test_the_sheet_that_replaces_another_says_so_on_paper(signed):
    import io

    from pypdf import PdfReader

    corrected(signed, signed.ended_at + timedelta(minutes=3))
    sheet = queries.sheet_of(signed.planned_session_id)

    reader = PdfReader(io.BytesIO(sheet_pdf(sheet)))

    assert len(reader.pages) == 1
    text = " ".join(reader.pages[0].extract_text().split())
    assert documents.read_sheet(sheet.content)["replaces"] in text


def test_a_nurse_cannot_change_the_end(client, signed):
    client.force_login(clinic.nurse())
    address = reverse("sessions:amend", args=[signed.patient_id, signed.planned_session_id])

    assert client.post(address, {"ended": "10:00"}).status_code == 403


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_of_two_who_correct_at_once_the_second_replaces_what_the_first_issued():
    signed = a_signed_session()
    barrier = Barrier(2)

    def correct(minutes):
        try:
            barrier.wait(timeout=30)
            corrected(signed, signed.ended_at + timedelta(minutes=minutes))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as two:
        list(two.map(correct, (3, 4)))

    sheets = AftercareSheet.objects.filter(signed_session=signed)
    assert sheets.count() == 3
    assert sheets.filter(superseded_by__isnull=True).count() == 1


def test_it_is_asked_behind_the_row_of_the_record_which_sheet_holds(signed):
    """What the test above rests on, however the threads fall."""
    with CaptureQueriesContext(connection) as asked:
        corrected(signed, signed.ended_at + timedelta(minutes=3))

    places: dict[str, list[int]] = {"lock": [], "read": []}
    for place, each in enumerate(asked):
        if "FOR NO KEY UPDATE" in each["sql"] and "signedsession" in each["sql"]:
            places["lock"].append(place)
        if each["sql"].startswith("SELECT") and 'FROM "treatments_aftercaresheet"' in each["sql"]:
            places["read"].append(place)
    assert min(places["lock"]) < min(places["read"])
