"""The questions on the patient's phone: explicit answers only, nothing lost, nothing before its review."""

import json
import logging
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.messages.actions import send_due
from clinic.messages.models import Message
from clinic.messages.short import size_of
from clinic.messages.terms import MessageState
from clinic.messages.tests.gateways import sms_gateway
from clinic.tests.builders import receptionist
from patients.intake import queries as intake_queries
from patients.intake.models import Answer, ListedMedication
from patients.links.actions import revoke_links
from patients.links.models import PatientLink
from patients.links.terms import LinkPurpose
from patients.phone_intake import actions, drafts, phone_views, summaries
from patients.phone_intake.actions import IntakeIsElsewhere, ask_patient, withdraw
from patients.phone_intake.hooks import after_submission
from patients.phone_intake.letters import intake_letter
from patients.phone_intake.models import DraftAnswer, DraftEntry, PhoneIntake, PhoneSubmission
from patients.phone_intake.terms import IntakeState
from patients.phone_intake.tests.builders import BORN, Phone, a_submission, an_intake
from patients.records.terms import ReminderWish, Sex
from patients.screening.rule_files import load_rule_set
from patients.tests.builders import a_patient

pytestmark = pytest.mark.django_db

# The birth date, at most seven subjects and the check; ux.md allows nine.
MOST_SCREENS = 9


def sent_answers(submission):
    return {each["code"]: each["value"] for each in submission.content["answers"]}


@pytest.mark.parametrize(
    ("sex", "born", "most"),
    [
        (Sex.FEMALE, date(1996, 3, 14), MOST_SCREENS),
        (Sex.MALE, date(1956, 3, 14), MOST_SCREENS - 1),
    ],
)
def test_a_healthy_person_meets_at_most_nine_screens(sex, born, most):
    intake = an_intake(sex=sex, born_on=born)
    phone = Phone(intake, {"born-day": "14", "born-month": "3", "born-year": str(born.year)})

    pages = phone.walk()

    assert 1 + len(pages) + 1 <= most
    assert phone.send().status_code == 302
    intake.refresh_from_db()
    assert intake.state == IntakeState.SUBMITTED


def test_nothing_is_chosen_before_the_patient_chooses_and_nothing_known_is_shown():
    patient = a_patient()
    listed = ListedMedication.objects.create(
        patient=patient, text="Coraspin 100 mg", status="current", recorded_at=timezone.now()
    )
    phone = Phone(an_intake(patient))
    for page in ("life_stage", "skin", "medicines", "illness"):
        text = phone.get(page).content.decode()
        assert " checked" not in text
        assert listed.text not in text


def test_only_what_the_patient_is_asked_is_shown():
    phone = Phone(an_intake())
    codes = {
        shown.name
        for page in ("life_stage", "skin", "medicines", "treatments_sun", "illness", "reactions")
        for shown in phone.get(page).context["form"].questions
    }
    assert codes
    assert all(load_rule_set().question(code).who == "patient" for code in codes)
    assert phone.get("clinic").status_code == 404


def test_an_untouched_question_blocks_the_way_and_the_others_are_kept():
    phone = Phone(an_intake())
    refused = phone.answer("skin", keloid=None)

    assert refused.status_code == 422
    assert [problem.anchor for problem in refused.context["problems"]] == ["id_keloid"]
    assert 'name="herpes_active" id="id_herpes_active_no" value="no" checked' in (
        refused.content.decode()
    )
    assert not DraftAnswer.objects.filter(code="keloid").exists()
    assert DraftAnswer.objects.get(code="herpes_active").value == "no"


def test_dont_know_is_an_answer_and_stays_dont_know():
    submission = a_submission(skin={"keloid": "unknown"}, medicines={"medications_none": "unknown"})
    assert sent_answers(submission)["keloid"] == "unknown"
    assert sent_answers(submission)["medications_none"] == "unknown"


def test_no_to_all_chooses_visibly_and_saves_nothing_by_itself():
    phone = Phone(an_intake())
    chosen = phone.all_no("blood_heart", rest="no", clot_history="yes", easy_bruising=None)
    chosen |= dict.fromkeys(("stent_on", "thrombophilia"))
    page = phone.client.post(
        phone.address("blood_heart"), {key: value for key, value in chosen.items() if value}
    )

    shown = {each.name: each.chosen for each in page.context["form"].questions}
    assert page.status_code == 200
    assert shown["clot_history"] == "yes"
    assert {shown[code] for code in ("stent_on", "thrombophilia", "easy_bruising")} == {"no"}
    assert not DraftAnswer.objects.exists()


def test_the_button_stands_only_where_the_data_says_that_most_answer_no():
    phone = Phone(an_intake())
    for section in load_rule_set().sections:
        if section.key != "clinic":
            has_button = "data-all-no" in phone.get(section.key).content.decode()
            assert has_button is section.usually_no, section.key


def test_a_follow_up_is_asked_when_it_applies_and_not_sent_when_it_does_not():
    phone = Phone(an_intake())
    phone.walk(illness={"diabetes": "no"})
    asked = phone.answer("illness", diabetes="yes", diabetes_unstable=None)
    assert asked.status_code == 302
    assert "#id_" in asked["Location"]
    assert phone.where() == "illness"
    assert phone.send().status_code == 422
    assert phone.answer("illness", diabetes="yes", diabetes_unstable="yes").status_code == 302
    assert phone.where() == "check"

    phone.answer("illness", diabetes="no", diabetes_unstable=None)
    phone.send()
    sent = sent_answers(PhoneSubmission.objects.get())
    assert sent["diabetes"] == "no"
    assert "diabetes_unstable" not in sent


def test_medicines_are_written_in_the_patients_own_words_with_turkish_letters():
    phone = Phone(an_intake())
    line = {
        "medications_none": "no",
        "medications-text": "KUMADİN 5 mg – akşamları ğüşıöç",
        "medications-status": "current",
        "go": "list",
    }
    assert "#list" in phone.answer("medicines", **line)["Location"]
    second = {"medications-text": "Işıl takviye", "medications-status": "as_needed"}
    assert phone.answer("medicines", medications_none=None, **second).status_code == 302
    phone.walk()
    assert "KUMADİN 5 mg – akşamları ğüşıöç" in phone.get("check").content.decode()
    phone.send()

    content = PhoneSubmission.objects.get().content
    assert [entry["text"] for entry in content["medications"]] == [
        "KUMADİN 5 mg – akşamları ğüşıöç",
        "Işıl takviye",
    ]
    assert sent_answers(PhoneSubmission.objects.get())["medications_none"] == "no"


def test_a_list_whose_last_line_is_taken_out_has_to_be_asked_again():
    phone = Phone(an_intake())
    phone.answer(
        "reactions",
        **{
            "allergies_none": "no",
            "allergies-text": "Somon",
            "allergies-severity": "mild",
            "go": "list",
        },
    )
    entry = DraftEntry.objects.get()
    phone.answer("reactions", allergies_none=None, remove=str(entry.pk))

    assert phone.answer("reactions", allergies_none=None).status_code == 422
    assert phone.answer("reactions", allergies_none="no").status_code == 422
    assert phone.answer("reactions").status_code == 302


def test_a_bad_line_of_a_list_keeps_what_was_typed():
    phone = Phone(an_intake())
    tomorrow = (timezone.localdate() + timedelta(days=2)).isoformat()
    page = phone.answer(
        "medicines",
        **{
            "medications_none": "no",
            "medications-text": "Beloc <b>",
            "medications-status": "stopped",
            "medications-last_taken": tomorrow,
        },
    )
    assert page.status_code == 422
    assert "Beloc &lt;b&gt;" in page.content.decode()
    assert tomorrow in page.content.decode()
    assert not DraftEntry.objects.exists()


def test_two_tabs_that_answer_different_pages_lose_nothing():
    intake = an_intake()
    one, other = Phone(intake), Phone(intake)
    first, second = one.all_no("skin"), other.all_no("illness")
    one.client.post(one.address("skin"), first)
    other.client.post(other.address("illness"), second)

    kept = set(DraftAnswer.objects.values_list("code", flat=True))
    assert {*first["shown"], *second["shown"]} <= kept | {"conditions"}


def test_another_browser_goes_on_where_the_first_stopped_after_the_birth_date():
    intake = an_intake()
    first = Phone(intake)
    first.answer(first.where())
    elsewhere = Phone(intake, born=None)

    asked = elsewhere.get("skin")
    assert asked.status_code == 200
    assert "born-day" in asked.content.decode()
    assert "keloid" not in asked.content.decode()
    elsewhere.client.post(elsewhere.address(), BORN)
    assert elsewhere.where() == first.where() == "skin"


def test_what_was_typed_when_the_half_hour_was_over_goes_through_after_the_birth_date(monkeypatch):
    phone = Phone(an_intake())
    typed = phone.all_no("skin")
    phone.client.logout()
    asked = phone.client.post(phone.address("skin"), typed)
    assert 'name="keloid" value="no"' in asked.content.decode()
    assert not DraftAnswer.objects.exists()

    went = phone.client.post(phone.address("skin"), typed | BORN)
    assert went.status_code == 302
    assert DraftAnswer.objects.get(code="keloid").value == "no"


@pytest.mark.parametrize("end", ["expired", "revoked", "made up"])
def test_a_link_that_ended_opens_no_page_and_saves_nothing(end):
    intake = an_intake()
    phone = Phone(intake)
    typed = phone.all_no("skin")
    if end == "expired":
        PatientLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    elif end == "revoked":
        revoke_links(purpose=LinkPurpose.INTAKE, about_id=intake.pk, now=timezone.now())
    else:
        phone.token += "x"

    assert phone.get("skin").status_code == (404 if end == "made up" else 410)
    assert phone.client.post(phone.address("skin"), typed).status_code in (404, 410)
    assert phone.send().status_code in (404, 410)
    assert not DraftAnswer.objects.exists()


def test_looking_at_the_link_changes_nothing():
    """Scanners of mail open links; only the birth date and a POST do something."""
    intake = an_intake()
    scanner = Phone(intake, born=None)
    for page in ("", "skin", "check", "sent"):
        assert scanner.get(page).status_code == 200
        assert scanner.client.head(scanner.address(page)).status_code in (200, 405)
    intake.refresh_from_db()
    assert (intake.opened_at, intake.state) == (None, IntakeState.ASKED)


def test_pages_are_not_stored_and_tell_nobody_their_address():
    phone = Phone(an_intake())
    for page in ("skin", "check"):
        answer = phone.get(page)
        assert answer["Cache-Control"] == "no-store, private, max-age=0"
        assert answer["Referrer-Policy"] == "no-referrer"
    asked = Phone(an_intake(), born=None).get("skin")
    assert asked["Referrer-Policy"] == "no-referrer"


def test_no_log_line_has_the_key(settings):
    from clinic.logs import WithoutKeys

    phone = Phone(an_intake())
    line = logging.LogRecord(
        "django.server", 20, "", 0, '"%s"', (f"GET {phone.address('skin')} HTTP/1.1",), None
    )
    WithoutKeys().filter(line)
    assert phone.token not in line.getMessage()
    assert "/i/.../skin/" in line.getMessage()


def test_the_language_can_be_switched_and_answers_are_kept():
    phone = Phone(an_intake())
    assert "Hamile misiniz" in phone.get("life_stage").content.decode()
    typed = phone.all_no("life_stage", go=None, language="en", pregnant="unknown")
    assert phone.client.post(phone.address("life_stage"), typed).status_code == 302
    page = phone.get("life_stage").content.decode()
    assert "Are you pregnant?" in page
    assert 'id="id_pregnant_unknown" value="unknown" checked' in page


def test_sent_is_sent_the_draft_is_gone_and_nothing_stands_in_the_record():
    patient = a_patient()
    before = Answer.objects.filter(patient=patient).count()
    submission = a_submission(patient)
    assert submission.questions_version == load_rule_set().version
    assert all(
        each["text"] for each in submission.content["answers"] if "_none" not in each["code"]
    )
    assert not DraftAnswer.objects.exists()
    assert Answer.objects.filter(patient=patient).count() == before

    phone = Phone(submission.intake)
    assert phone.where() == "sent"
    assert phone.send().status_code == 302
    assert PhoneSubmission.objects.count() == 1
    with pytest.raises(IntakeIsElsewhere):
        actions.submit(intake=submission.intake, language="tr", now=timezone.now())


def test_a_question_that_is_new_since_the_start_is_asked_before_it_is_sent(monkeypatch):
    """The questionnaire in force changed while the patient answered."""
    phone = Phone(an_intake())
    phone.walk()
    old = load_rule_set()
    added = replace(old.question("keloid"), code="keloid_in_family")
    newer = replace(old, version="3", questions={**old.questions, added.code: added})
    for module in (actions, drafts, phone_views, intake_queries, summaries):
        monkeypatch.setattr(module, "rules_in_force", lambda: newer)

    assert phone.where() == "skin"
    assert phone.send().status_code == 422
    assert phone.answer("skin").status_code == 302
    assert phone.send().status_code == 302
    submission = PhoneSubmission.objects.get()
    assert sent_answers(submission)["keloid_in_family"] == "no"
    assert submission.questions_version == "3"


def test_an_answer_that_todays_questions_cannot_read_is_asked_again():
    intake = an_intake()
    phone = Phone(intake)
    phone.walk()
    DraftAnswer.objects.filter(code="kidney").update(value="a choice of an older version")
    assert phone.where() == "illness"
    assert phone.send().status_code == 422
    assert not PhoneSubmission.objects.exists()


def test_the_thank_you_page_leads_to_what_comes_next(monkeypatch):
    submission = a_submission()
    monkeypatch.setattr(after_submission, "_listeners", [lambda _p, _n: None, lambda _p, _n: "/x/"])
    assert 'href="/x/"' in Phone(submission.intake).get("sent").content.decode()
    monkeypatch.setattr(after_submission, "_listeners", [lambda _p, _n: None])
    assert 'href="/x/"' not in Phone(submission.intake).get("sent").content.decode()


def test_the_letter_has_clinic_and_link_and_no_word_of_health():
    intake = an_intake(full_name="Işık Ağaoğlu")
    message = Message.objects.get(about_id=intake.pk)
    letter = intake_letter(message, timezone.now())
    words = (letter.subject + letter.text).lower()
    assert "/i/" in letter.text
    for word in ("işık", "health", "sağlık", "ilaç", "medicine", "hamile", "mezoterapi", "leke"):
        assert word not in words.replace(letter.text[letter.text.find("http") :].split()[0], "")


def test_asking_twice_asks_once_and_withdrawing_ends_link_draft_and_letter():
    intake = an_intake()
    phone = Phone(intake)
    phone.answer("skin")
    again = ask_patient(patient=intake.patient, by=receptionist(), now=timezone.now())
    assert again == intake
    assert PhoneIntake.objects.count() == 1
    assert phone.where() == "life_stage"

    withdraw(intake=intake, by=receptionist(), now=timezone.now())
    assert phone.get("skin").status_code == 410
    assert not DraftAnswer.objects.exists()
    message = Message.objects.filter(about_id=intake.pk).earliest("due_at")
    assert not hasattr(intake_letter(message, timezone.now()), "subject")
    with pytest.raises(IntakeIsElsewhere):
        withdraw(intake=intake, by=receptionist(), now=timezone.now())


def test_a_link_that_is_sent_again_before_it_left_goes_out_once():
    intake, now = an_intake(), timezone.now()
    waiting = Message.objects.filter(about_id=intake.pk).still_open()
    for seconds in (5, 5, 10):
        later = now + timedelta(seconds=seconds)
        ask_patient(patient=intake.patient, by=receptionist(), now=later)
        assert waiting.count() == 1

    waiting.update(state=MessageState.SENT)
    ask_patient(patient=intake.patient, by=receptionist(), now=now + timedelta(hours=1))
    assert waiting.count() == 1  # a letter that went and was lost is followed by another


def test_who_is_written_to_by_sms_gets_the_questions_so(settings, client):
    settings.BASE_URL = "https://randevu.klinik.example"
    client.force_login(receptionist())
    client.cookies["django_language"] = "en"
    with sms_gateway(settings) as gateway:
        patient = a_patient(email="", reminders=ReminderWish.SMS)
        page = client.post(
            reverse("patients:phone-intake-ask", args=[patient.pk]), follow=True
        ).content.decode()
        send_due(clock=timezone.now)

    assert "The questions are on their way: SMS." in page
    [body] = gateway.bodies
    assert body["to"] == patient.phone
    assert "https://randevu.klinik.example/i/" in body["text"]
    assert size_of(body["text"]).segments == 1


def test_who_has_no_mail_gets_a_device_and_nobody_stays_signed_in_on_it(client):
    member = receptionist()
    patient = a_patient(email="", reminders="none")
    client.force_login(member)
    asked = client.post(reverse("patients:phone-intake-ask", args=[patient.pk]))
    assert asked["Location"].endswith("/phone-intake/link/")
    assert not Message.objects.exists()
    assert "/i/" in client.get(asked["Location"]).content.decode()

    handed = client.post(reverse("patients:phone-intake-hand-over", args=[patient.pk]))
    assert "/i/" in handed["Location"]
    assert "_auth_user_id" not in client.session
    assert "born-day" in client.get(handed["Location"]).content.decode()


def test_a_device_that_was_handed_over_forgets_the_link_when_nothing_follows(client, monkeypatch):
    monkeypatch.setattr("patients.phone_intake.phone_views.after_submission", lambda *_: [])
    intake = an_intake()
    client.force_login(receptionist())
    client.post(reverse("patients:phone-intake-hand-over", args=[intake.patient_id]))
    shared, own = Phone(intake, born=None), Phone(intake)
    shared.client = client
    client.post(shared.address(), BORN)
    own.walk()
    own.send()

    assert "born-day" not in shared.get("sent").content.decode()
    assert "born-day" in shared.get("sent").content.decode()

    assert "born-day" not in own.get("sent").content.decode()
    assert "born-day" not in own.get("sent").content.decode()  # their own phone: as before


def test_a_member_of_staff_who_opens_a_link_stays_signed_in(client):
    intake = an_intake()
    client.force_login(receptionist())
    phone = Phone(intake, born=None)
    phone.client = client
    client.post(phone.address(), BORN)
    assert phone.get("skin").status_code == 200
    assert "_auth_user_id" in client.session


def test_the_desk_sees_how_far_it_has_come(client):
    intake = an_intake()
    client.force_login(receptionist())
    address = reverse("patients:intake", args=[intake.patient_id])
    language = {"headers": {"accept-language": "en"}}

    assert "Sent" in client.get(address, **language).content.decode()
    phone = Phone(intake)
    phone.get("skin")
    assert "Opened" in client.get(address, **language).content.decode()
    phone.answer("life_stage")
    assert "In progress: 1 of 7" in client.get(address, **language).content.decode()
    phone.walk()
    phone.send()
    assert "waits for review" in client.get(address, **language).content.decode()


def test_a_page_without_the_draft_of_others_needs_its_own_link():
    """Negative control: a browser that opened one patient's link sees nothing of another's."""
    mine, theirs = Phone(an_intake()), an_intake()
    theirs_phone = Phone(theirs, born=None)
    theirs_phone.client = mine.client
    assert "born-day" in theirs_phone.get("skin").content.decode()


def test_without_the_gate_the_page_would_open(monkeypatch):
    """Negative control of the birth date."""
    intake = an_intake()
    link = PatientLink.objects.get(about_id=intake.pk)
    monkeypatch.setattr(phone_views, "at_the_door", lambda *_args: link)
    page = Phone(intake, born=None).get("skin")
    assert "keloid" in page.content.decode()


def test_content_can_be_read_without_us():
    assert json.loads(json.dumps(a_submission().content))
