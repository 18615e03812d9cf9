"""Weeks later: one question behind a link, its answer kept once, a "no" on the physicians' list."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.links.actions import link_to
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.worklist.models import StaffTask
from patients.worklist.terms import TaskKind
from treatments.plans.actions import stop_plan
from treatments.reminders import letters
from treatments.reminders.terms import MessageKind
from treatments.sessions.tests.builders import a_signed_session
from treatments.tracing import asking
from treatments.tracing.models import AdverseEvent, LateAnswer
from treatments.tracing.refusals import NotAllowed

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed():
    """The last session: nobody is asked by letter who comes again before that."""
    signed = a_signed_session()
    stop_plan(
        plan=signed.planned_session.plan,
        reason="it is enough",
        by=signed.signed_by,
        now=NOW + timedelta(hours=4),
    )
    return signed


@pytest.fixture
def question(signed):
    """The first of the three, as sent."""
    asked = Message.objects.filter(patient_id=signed.patient_id, kind=MessageKind.LATE_CHECK)
    asked.update(state=MessageState.SENT)
    return asked.earliest("due_at")


@pytest.fixture
def link(signed, question):
    return link_to(
        patient=signed.patient,
        purpose=LinkPurpose.LATE_CHECK,
        about_id=question.pk,
        expires_at=NOW + timedelta(days=4000),
        now=NOW,
    )


@pytest.fixture
def page(link):
    return reverse("tracing:late-check", args=[token_for(link.pk)])


@pytest.fixture
def phone(client, signed, page):
    """A browser of the patient's, past the birth date."""
    born = signed.patient.born_on
    client.cookies["django_language"] = "en"
    client.post(
        page,
        {"born-day": born.day, "born-month": born.month, "born-year": born.year},
    )
    return client


def tasks(signed):
    return StaffTask.objects.filter(
        patient=signed.patient, kind=TaskKind.LATE_ANSWER, done_at__isnull=True
    )


def test_the_letter_leads_to_the_question(signed, question):
    about = letters.queries.about(question.about_id)
    _subject, text = letters._late_check_words(about, NOW, question)

    made = PatientLink.objects.get(purpose=LinkPurpose.LATE_CHECK)
    assert token_for(made.pk) in text
    assert asking.question_behind(made).signed == signed
    assert asking.question_behind(made).weeks == 2


def test_without_the_birth_date_nothing_is_asked(client, page):
    shown = client.get(page)

    assert shown.status_code == 200
    assert b'name="how"' not in shown.content
    assert client.post(page, {"how": "not_well"}).status_code in {200, 422}
    assert not LateAnswer.objects.exists()


def test_nothing_is_chosen_beforehand_and_nothing_is_kept_without_a_choice(phone, page):
    shown = phone.get(page).content.decode()
    refused = phone.post(page, {"words": "since Tuesday, on the left"})

    assert 'name="how"' in shown
    assert "checked" not in shown
    assert refused.status_code == 422
    assert "since Tuesday, on the left" in refused.content.decode()
    assert not LateAnswer.objects.exists()


def test_a_no_is_kept_with_its_words_and_stands_on_the_list(phone, page, signed):
    shown = phone.post(page, {"how": "not_well", "words": "a hard lump"})

    answer = LateAnswer.objects.get()
    assert shown.status_code == 200
    assert (answer.all_is_well, answer.words, answer.weeks) == (False, "a hard lump", 2)
    assert tasks(signed).count() == 1


def test_a_yes_is_kept_and_gives_nobody_work(phone, page, signed):
    phone.post(page, {"how": "well"})

    assert LateAnswer.objects.get().all_is_well
    assert not tasks(signed).exists()


def test_the_link_answers_once(phone, page):
    phone.post(page, {"how": "well"})
    again = phone.post(page, {"how": "not_well"})

    assert again.status_code == 410
    assert LateAnswer.objects.get().all_is_well


def test_of_two_answers_at_once_the_first_stands(signed, link):
    first = asking.answer_late_check(link=link, all_is_well=False, words="a", now=NOW)
    second = asking.answer_late_check(link=link, all_is_well=True, words="b", now=NOW)

    assert first == second
    assert not LateAnswer.objects.get().all_is_well


def test_who_has_not_answered_has_not_said_no(client, signed, question):
    client.force_login(clinic.physician())
    client.cookies["django_language"] = "en"

    shown = client.get(reverse("tracing:late-answers", args=[signed.patient_id])).content.decode()

    assert shown.count("No answer") == 3
    assert "All is well" not in shown
    assert [each.answer for each in asking.questions_of(signed.patient)] == [None] * 3


def test_the_physician_reads_it_and_begins_a_report_with_the_words(client, phone, page, signed):
    phone.post(page, {"how": "not_well", "words": "a hard lump on the left"})
    physician = clinic.physician()
    client.force_login(physician)
    client.cookies["django_language"] = "en"
    shown = client.get(reverse("tracing:late-answers", args=[signed.patient_id])).content.decode()
    answer = LateAnswer.objects.get()
    report = reverse("tracing:add-event", args=[signed.patient_id, signed.planned_session_id])

    assert "a hard lump on the left" in shown
    assert f"{report}?answer={answer.pk}" in shown
    begun = client.get(f"{report}?answer={answer.pk}").content.decode()
    assert "a hard lump on the left" in begun
    assert "a hard lump on the left" not in client.get(report).content.decode()
    # The words are a beginning: what it is, and how severe, the physician says.
    assert not AdverseEvent.objects.exists()
    client.post(reverse("tracing:late-read", args=[signed.patient_id]))
    assert not tasks(signed).exists()


def test_only_a_physician_says_that_it_was_read(signed, link):
    asking.answer_late_check(link=link, all_is_well=False, words="", now=NOW)

    with pytest.raises(NotAllowed):
        asking.have_read(patient=signed.patient, by=clinic.nurse(), now=NOW)

    assert tasks(signed).exists()


def test_an_answer_is_never_changed(signed, link):
    answer = asking.answer_late_check(link=link, all_is_well=False, words="", now=NOW)

    with pytest.raises(DatabaseError), transaction.atomic():
        LateAnswer.objects.filter(pk=answer.pk).update(all_is_well=True)
