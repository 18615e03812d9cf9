"""The same five consents on the patient's phone, behind the link and the birth date."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from patients.consents import queries
from patients.consents.phone import consents_after_questions
from patients.consents.terms import ConsentKind, How, State
from patients.consents.tests.builders import SCRIBBLE, decides
from patients.links.actions import link_to, revoke_links
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db


@pytest.fixture
def patient():
    return a_patient(care_messages=False)


def link_of(patient, purpose=LinkPurpose.INTAKE):
    now = timezone.now()
    return link_to(
        patient=patient,
        purpose=purpose,
        about_id=uuid4(),
        expires_at=now + timedelta(days=7),
        now=now,
    )


def address(link):
    return f"/i/{token_for(link.pk)}/consents/"


@pytest.fixture
def phone(client, patient):
    client.link = link_of(patient)
    client.where = address(client.link)
    born = patient.born_on
    client.post(
        client.where, {"born-day": born.day, "born-month": born.month, "born-year": born.year}
    )
    return client


def seen(patient, kind, **fields):
    text = queries.text_in_force(kind, "tr")
    return {
        "kind": kind,
        "seen": queries.shown_digest(text, None),
        "language": "tr",
        "decision": "given",
        "signature": json.dumps(SCRIBBLE),
    } | fields


def test_nothing_is_shown_before_the_birth_date(client, patient):
    where = address(link_of(patient))
    assert "born-day" in client.get(where).content.decode()
    answer = client.post(where, seen(patient, ConsentKind.MARKETING))
    assert "born-day" in answer.content.decode()
    assert not queries.decisions(patient).exists()


def test_the_notice_comes_first_then_one_text_a_screen(phone, patient):
    shown = phone.get(phone.where).content.decode()
    assert "Aydınlatma metni" in shown
    assert 'name="decision"' not in shown
    shown = phone.post(
        phone.where, {"kind": "privacy_notice", "seen": "shown", "language": "tr"}, follow=True
    ).content.decode()
    assert shown.count('name="decision"') == 2
    assert "checked" not in shown
    assert queries.last_notice(patient).how == How.LINK


def test_each_is_decided_by_itself_in_the_language_of_the_patient(phone, patient):
    phone.post(phone.where, {"kind": "privacy_notice", "seen": "shown", "language": "tr"})
    asked = []
    for _turn in range(6):
        page = phone.get(phone.where)
        kind = page.context.get("kind") if page.context else None
        if kind is None or "decision" not in page.content.decode():
            break
        asked.append(kind)
        assert 'lang="tr"' in page.content.decode()
        said = "given" if kind == "care_messages" else "refused"
        answer = phone.post(phone.where, seen(patient, kind, decision=said))
        assert answer.status_code == 302
    assert asked == ["clinical_photos", "publication", "care_messages", "marketing"]
    given = [each.kind for each in queries.standings(patient) if each.is_given]
    assert given == ["care_messages"]
    made = queries.decisions(patient).get(kind="care_messages")
    assert (made.how, made.recorded_by, made.witness) == (How.LINK, None, None)
    assert consents_after_questions(patient, timezone.now()) is None


@pytest.mark.parametrize("bad", ["", "[[[1, 2, 3]]]", "[[[5, 5]]]", '"<svg/>"'])
def test_without_a_signature_nothing_is_given(phone, patient, bad):
    answer = phone.post(phone.where, seen(patient, ConsentKind.MARKETING, signature=bad))
    assert answer.status_code == 422
    assert not queries.decisions(patient).exists()


def test_a_typed_name_needs_the_clinic(phone, patient):
    sent = seen(patient, ConsentKind.MARKETING, signature="", typed_name=patient.full_name)
    assert phone.post(phone.where, sent | {"witnessed": "on"}).status_code == 422
    assert not queries.decisions(patient).exists()


def test_another_patients_link_opens_and_writes_nothing(phone, patient):
    other = a_patient(care_messages=False, born_on=patient.born_on.replace(year=1970))
    where = address(link_of(other))
    assert "born-day" in phone.get(where).content.decode()
    phone.post(where, seen(other, ConsentKind.MARKETING))
    assert not queries.decisions(other).exists()
    assert not queries.decisions(patient).exists()


def test_a_link_to_something_else_does_not_sign(phone, patient):
    aftercare = link_of(patient, LinkPurpose.AFTERCARE)
    assert phone.get(address(aftercare)).status_code == 410


def test_a_revoked_link_signs_nothing(phone, patient):
    revoke_links(purpose=LinkPurpose.INTAKE, about_id=phone.link.about_id, now=timezone.now())
    answer = phone.post(phone.where, seen(patient, ConsentKind.MARKETING))
    assert answer.status_code == 410
    assert not queries.decisions(patient).exists()


def test_what_was_decided_at_the_desk_meanwhile_is_not_asked_again(phone, patient):
    decides(patient, ConsentKind.MARKETING)
    answer = phone.post(
        phone.where, seen(patient, ConsentKind.MARKETING, decision="refused", signature="")
    )
    assert answer.status_code == 302
    assert queries.standing(patient, ConsentKind.MARKETING).state is State.GIVEN


def test_the_questions_lead_on_to_what_is_due(patient):
    now = timezone.now()
    assert consents_after_questions(patient, now) is None  # no link, so no address
    link = link_of(patient)
    assert consents_after_questions(patient, now) == address(link)


def test_the_patient_reads_the_own_copy_and_nobody_elses(phone, patient):
    own = decides(patient, ConsentKind.MARKETING)
    other = decides(a_patient(care_messages=False), ConsentKind.MARKETING)

    answer = phone.get(f"{phone.where}{own.pk}/copy.pdf")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert phone.get(f"{phone.where}{other.pk}/copy.pdf").status_code == 404
    phone.cookies.clear()
    assert b"%PDF" not in phone.get(f"{phone.where}{own.pk}/copy.pdf").content


def test_pages_on_the_phone_are_stored_nowhere(phone):
    answer = phone.get(phone.where)
    assert "no-store" in answer["Cache-Control"]
    assert answer["Referrer-Policy"] == "no-referrer"


def to_the_end(phone, patient):
    phone.post(phone.where, {"kind": "privacy_notice", "seen": "shown", "language": "tr"})
    for kind in ("clinical_photos", "publication", "care_messages", "marketing"):
        phone.post(phone.where, seen(patient, kind, decision="refused"))
    return phone.get(phone.where).content.decode()


def test_on_a_shared_device_back_asks_for_the_birth_date_again(phone, patient):
    session = phone.session
    session["handed_over"] = True
    session.save()

    assert "born-day" not in to_the_end(phone, patient)

    assert "born-day" in phone.get(phone.where).content.decode()


def test_on_a_phone_of_the_patient_back_stays_open(phone, patient):
    """Negative control: the link of a patient's own phone is remembered as before."""
    to_the_end(phone, patient)

    assert "born-day" not in phone.get(phone.where).content.decode()


def test_a_copy_asks_for_the_birth_date_and_takes_it(phone, patient):
    to_the_end(phone, patient)
    copy = reverse(
        "consents:phone-copy",
        args=[phone.where.split("/")[2], queries.decisions(patient).first().pk],
    )
    phone.cookies.clear()

    asked = phone.get(copy)
    born = patient.born_on
    opened = phone.post(
        copy, {"born-day": born.day, "born-month": born.month, "born-year": born.year}
    )

    assert "born-day" in asked.content.decode()
    assert opened["Location"] == copy
