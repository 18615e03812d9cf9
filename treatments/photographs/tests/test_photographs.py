"""Photographs of the record: who may keep and see them, and what stays (U7, U8)."""

import io
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import InternalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from clinic.audit.models import AuditEntry, ChartReading
from clinic.staff.terms import Role
from clinic.tests.builders import NOW, nurse, physician, receptionist, staff
from patients.consents.terms import ConsentKind, Decision
from patients.consents.tests.builders import decides, withdraws
from patients.tests.builders import a_patient
from treatments.photographs import actions
from treatments.photographs.models import Photograph, PhotographWithdrawal
from treatments.photographs.tests.builders import a_photograph, a_picture, who_agreed

pytestmark = pytest.mark.django_db


@pytest.fixture
def member(client):
    someone = nurse(language="en")
    client.force_login(someone)
    client.cookies["django_language"] = "en"
    return someone


@pytest.fixture
def files(settings):
    def stored():
        return [each for each in Path(settings.MEDIA_ROOT).rglob("*") if each.is_file()]

    return stored


def take(patient):
    return reverse("photographs:take", args=[patient.pk])


def image(photograph, size="screen", patient=None):
    return reverse(
        "photographs:image", args=[(patient or photograph.patient).pk, photograph.pk, size]
    )


def status(answer):
    """Its status; a file that it sends is read to its end, which closes it."""
    b"".join(answer)
    return answer.status_code


def typed(*files, **fields):
    return {
        "view": "frontal",
        "modality": "daylight",
        "same_light": "on",
        "same_distance": "on",
        "clean_skin": "on",
        "device": "Tablet 1",
        "taken_on": timezone.localdate().isoformat(),
        "request_key": str(uuid4()),
        "photos": [SimpleUploadedFile(f"photo{n}.jpg", each) for n, each in enumerate(files)],
    } | fields


# -- keeping ------------------------------------------------------------------------------------


def test_a_photograph_of_twelve_megapixels_comes_through_the_page(client, member, files):
    patient = who_agreed(now=timezone.now())

    answer = client.post(take(patient), typed(a_picture((4000, 3000))))

    assert (answer.status_code, answer["Location"]) == (
        302,
        reverse("photographs:list", args=[patient.pk]),
    )
    kept = Photograph.objects.get()
    assert (kept.width, kept.height, kept.device, kept.same_light) == (4000, 3000, "Tablet 1", True)
    assert len(files()) == 3
    thumb = b"".join(client.get(image(kept, "thumb")))
    assert max(Image.open(io.BytesIO(thumb)).size) == 320
    assert AuditEntry.objects.filter(verb="photograph.taken", subject_id=str(kept.pk)).exists()


def test_an_unticked_check_is_kept_as_no(client, member):
    patient = who_agreed(now=timezone.now())
    sent = typed(a_picture())
    del sent["clean_skin"]

    client.post(take(patient), sent)

    assert Photograph.objects.get().clean_skin is False


def test_the_queue_is_answered_in_json_and_a_retry_keeps_one(client, member):
    patient, key = who_agreed(now=timezone.now()), str(uuid4())
    answers = [
        client.post(
            take(patient),
            typed(a_picture(), request_key=key),
            headers={"accept": "application/json"},
        )
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [201, 201]
    kept = Photograph.objects.get()
    assert answers[0].json() == answers[1].json()
    assert answers[0].json()["thumb"] == image(kept, "thumb")


def test_without_the_consent_none_is_taken(client, member, files):
    patient = a_patient(now=timezone.now())
    before = client.get(take(patient))
    answer = client.post(take(patient), typed(a_picture()))

    for page in (before, answer):
        assert page.status_code == 409
        assert "has not agreed to clinical photographs" in page.content.decode()
        assert reverse("patients:consent-decide", args=[patient.pk, "clinical_photos"]) in (
            page.content.decode()
        )
    assert not Photograph.objects.exists()
    assert files() == []


@pytest.mark.parametrize("kind", [ConsentKind.PUBLICATION, ConsentKind.CARE_MESSAGES])
def test_another_consent_is_not_this_one(kind):
    patient = a_patient(care_messages=False)
    decides(patient, kind)

    with pytest.raises(actions.ConsentMissing):
        a_photograph(patient)


def test_a_refused_consent_is_none():
    patient = a_patient()
    decides(patient, ConsentKind.CLINICAL_PHOTOS, Decision.REFUSED)

    with pytest.raises(actions.ConsentMissing):
        a_photograph(patient)


def test_a_consent_withdrawn_meanwhile_counts_at_the_moment_of_saving(monkeypatch, files):
    """While the file is developed the patient changes her mind; what was written is taken away."""
    patient = who_agreed()
    develops = actions.developed

    def while_she_changes_her_mind(content):
        withdraws(patient, ConsentKind.CLINICAL_PHOTOS, now=NOW + timedelta(seconds=1))
        return develops(content)

    monkeypatch.setattr(actions, "developed", while_she_changes_her_mind)

    with pytest.raises(actions.ConsentMissing):
        a_photograph(patient)
    assert not Photograph.objects.exists()
    assert files() == []


def test_after_a_withdrawal_nothing_new_and_what_is_there_stays(client, member):
    kept = a_photograph()
    withdraws(kept.patient, ConsentKind.CLINICAL_PHOTOS, now=NOW + timedelta(days=1))

    with pytest.raises(actions.ConsentMissing):
        a_photograph(kept.patient, now=NOW + timedelta(days=1))
    page = client.get(reverse("photographs:list", args=[kept.patient_id])).content.decode()
    assert "Those in the record stay in it." in page
    assert image(kept, "thumb") in page
    assert status(client.get(image(kept))) == 200


@pytest.mark.parametrize(
    ("content", "code", "status"),
    [
        (b"", "unsupported_image", 400),
        (b"<html>", "unsupported_image", 400),
        (a_picture()[:300], "unreadable_image", 400),
        (b"\xff\xd8\xff" + b"\0" * 12 * 1024 * 1024, "file_too_large", 413),
    ],
    ids=["empty", "html", "cut", "heavy"],
)
def test_a_bad_file_is_refused_and_leaves_nothing(client, member, files, content, code, status):
    patient = who_agreed(now=timezone.now())
    sent = typed(content)
    said = client.post(take(patient), sent, headers={"accept": "application/json"})
    page = client.post(take(patient), typed(content, device="My camera"))

    assert (said.status_code, said.json()["code"]) == (status, code)
    assert page.status_code == status
    assert 'value="My camera"' in page.content.decode()  # what was entered is kept
    assert files() == []


def test_a_crowd_of_files_is_refused(client, member, files):
    patient = who_agreed(now=timezone.now())

    answer = client.post(take(patient), typed(*[b"x"] * 11), headers={"accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (400, "too_many_files")
    assert files() == []


@pytest.mark.parametrize(
    "name", ["x" * 300 + ".jpg", "../../etc/passwd", "a\u202egpj.exe", "a\x00b.jpg", "ş.jpg", "con"]
)
def test_the_name_of_a_file_is_thrown_away(client, member, files, name):
    patient = who_agreed(now=timezone.now())
    client.post(take(patient), typed(photos=[SimpleUploadedFile(name, a_picture())]))

    kept = Photograph.objects.get()
    assert {each.name for each in files()} == {
        f"{kept.file_name}-{size}.jpg" for size in ("full", "screen", "thumb")
    }
    assert str(patient.pk) not in kept.stored_as("full")


def test_a_full_disk_is_said_and_leaves_nothing(client, member, files, monkeypatch):
    patient = who_agreed(now=timezone.now())
    saves = FileSystemStorage.save

    def full_at_the_second(self, name, *rest, **how):
        if name.endswith("thumb.jpg"):
            raise OSError(28, "No space left on device")
        return saves(self, name, *rest, **how)

    monkeypatch.setattr(FileSystemStorage, "save", full_at_the_second)
    answer = client.post(take(patient), typed(a_picture()), headers={"accept": "application/json"})

    assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
    assert not Photograph.objects.exists()
    assert files() == []


def test_a_day_that_has_not_come_is_refused():
    with pytest.raises(actions.PhotographRefused):
        a_photograph(taken_on=NOW.date() + timedelta(days=1))


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.MANAGER])
def test_who_does_not_treat_takes_no_photographs_and_sees_none(client, role):
    kept = a_photograph()
    client.force_login(staff(role))

    assert client.get(take(kept.patient)).status_code == 403
    assert client.get(image(kept)).status_code == 403
    with pytest.raises(actions.NotAllowed):
        a_photograph(kept.patient, by=staff(role))


# -- looking ------------------------------------------------------------------------------------


def test_a_picture_is_sent_closed_off_and_the_look_is_written_down(client, member):
    kept = a_photograph()
    answer = client.get(image(kept))

    assert status(answer) == 200
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Disposition"] == 'inline; filename="photograph.jpg"'
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert {"no-store", "private"} <= set(answer["Cache-Control"].split(", "))
    reading = ChartReading.objects.get(section="photographs:image")
    assert (reading.patient_id, reading.reader) == (kept.patient_id, member)


def test_behind_a_web_server_it_sends_the_file(client, member, settings):
    settings.PHOTOGRAPHS_ACCEL = "/private-media"
    kept = a_photograph()
    answer = client.get(image(kept))

    assert answer["X-Accel-Redirect"] == f"/private-media/{kept.stored_as('screen')}"
    assert (answer.content, answer["Content-Type"]) == (b"", "image/jpeg")
    assert ChartReading.objects.filter(section="photographs:image").exists()


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("size", ["full", "thumb"])
def test_nobody_else_gets_at_a_picture(client, method, size):
    kept = a_photograph()
    ask = getattr(client, method)
    nobody = ask(image(kept, size))
    assert nobody.status_code == 302
    assert nobody["Location"].startswith(reverse("account_login"))

    client.force_login(physician())
    assert status(ask(image(kept, size))) == 200  # the negative control
    assert status(ask(image(kept, size), headers={"range": "bytes=0-10"})) == 200
    assert status(ask(image(kept, size, patient=a_patient()))) == 404
    assert status(ask(image(kept, "original"))) == 404
    for guess in ("", "media/", "static/"):
        assert status(ask(f"/{guess}{kept.stored_as(size)}")) == 404


def test_no_address_publishes_a_photograph():
    """There is no publish function: every address of this slice stands here."""
    from treatments.photographs.urls import urlpatterns

    assert {entry.name for entry in urlpatterns} == {
        "list", "take", "compare", "show", "withdraw", "mark-points", "image",
    }  # fmt: skip


def test_only_the_page_that_takes_photographs_may_ask_for_the_camera(client, member):
    patient = who_agreed(now=timezone.now())

    assert client.get(take(patient))["Permissions-Policy"].startswith("camera=(self)")
    album = client.get(reverse("photographs:list", args=[patient.pk]))
    assert album["Permissions-Policy"].startswith("camera=()")


@pytest.mark.parametrize("change", ["change", "delete"])
def test_what_is_kept_is_never_rewritten(change):
    kept = Photograph.objects.filter(pk=a_photograph().pk)

    with pytest.raises(InternalError, match="Cannot"), transaction.atomic():
        kept.update(view="neck") if change == "change" else kept.delete()


# -- withdrawing, comparing ---------------------------------------------------------------------


def test_a_mistake_is_withdrawn_with_a_reason_and_stays(client, member, files):
    kept = a_photograph()
    address = reverse("photographs:withdraw", args=[kept.patient_id, kept.pk])

    assert client.post(address, {"reason": "short"}).status_code == 422
    assert client.post(address, {"reason": "Another patient's face."}).status_code == 302

    assert PhotographWithdrawal.objects.get().withdrawn_by == member
    page = client.get(reverse("photographs:list", args=[kept.patient_id])).content.decode()
    assert "1 withdrawn photograph" in page
    assert image(kept, "thumb") not in page
    assert len(files()) == 3
    assert client.post(address, {"reason": "Another patient's face."}).status_code == 422


def two(patient=None, **later):
    first = a_photograph(patient)
    day = NOW + timedelta(days=30)
    return first, a_photograph(first.patient, now=day, **later)


def compare(first):
    return reverse("photographs:compare", args=[first.patient_id, first.view])


def test_first_and_latest_are_compared_without_being_chosen(client, member):
    first, latest = two()
    a_photograph(first.patient, now=NOW + timedelta(days=10))
    page = client.get(compare(first))

    assert (page.context["pair"].left, page.context["pair"].right) == (first, latest)
    assert "30 days after" in page.content.decode()
    assert "data-alike" in page.content.decode()


def test_what_is_not_comparable_is_said(client, member):
    first, _ = two(
        modality="cross_polarised",
        device="Phone",
        checks={"same_light": True, "same_distance": False, "clean_skin": True},
    )
    said = client.get(compare(first)).context["pair"].differences

    assert [str(each) for each in said] == [
        "Different light: Daylight, then Cross-polarised",
        "Different camera: Tablet, then Phone",
        "Later photograph: not the marked distance",
    ]


def test_two_taps_on_each_align_them(client, member):
    first, latest = two()
    for photograph, (x1, x2) in ((first, (30, 70)), (latest, (40, 60))):
        address = reverse("photographs:mark-points", args=[first.patient_id, photograph.pk])
        sent = {"x1": x1, "y1": 40, "x2": x2, "y2": 40, "earlier": first.pk, "later": latest.pk}
        assert client.post(address, sent).status_code == 302

    page = client.get(compare(first))
    moves = page.context["pair"].moves
    assert 'data-a="2' in page.content.decode()  # what the browser draws
    assert (moves.scale, moves.degrees) == pytest.approx((2, 0))


def test_points_that_decide_nothing_are_refused_in_words(client, member):
    first, _ = two()
    address = reverse("photographs:mark-points", args=[first.patient_id, first.pk])

    for sent in (
        {},
        {"x1": 40, "y1": 40, "x2": 40, "y2": 40},
        {"x1": "NaN", "y1": 1, "x2": 2, "y2": 3},
    ):
        assert client.post(address, sent).status_code == 422


def test_withdrawn_and_single_photographs_are_not_compared(client, member):
    first, latest = two()
    actions.withdraw_photograph(
        photograph=latest, reason="Another patient's face.", by=member, now=NOW
    )

    assert client.get(compare(first)).status_code == 404
    assert client.get(compare(first) + "?earlier=x&later=%00").status_code == 404


def test_an_album_costs_the_same_whatever_its_size(client, member):
    def statements(patient):
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("photographs:list", args=[patient.pk]))
        return len(asked)

    small, large = two()[0].patient, two()[0].patient
    for day in range(1, 5):
        a_photograph(large, now=NOW + timedelta(days=day), view="neck")
    statements(small)

    assert statements(large) == statements(small)


def test_a_receptionist_has_no_tab_for_photographs(client):
    patient = a_patient()
    client.force_login(receptionist())

    page = client.get(reverse("chart", args=[patient.pk])).content.decode()
    assert reverse("photographs:list", args=[patient.pk]) not in page
