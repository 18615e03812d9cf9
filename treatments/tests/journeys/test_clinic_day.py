"""A patient comes in and leaves with a booked course, a signed first session, an aftercare sheet and
reminders that are really delivered: real browser, real worker, real SMTP server.
"""

from datetime import datetime, timedelta
from io import BytesIO
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import QuerySet
from django.utils.timezone import localtime
from pypdf import PdfReader

from clinic.hours.queries import clinic_zone
from clinic.messages.models import Message
from clinic.messages.terms import MessageState
from patients.consents.models import ConsentDecision
from patients.records.models import Patient
from treatments.aftercare.documents import when_words
from treatments.aftercare.models import AftercareSheet
from treatments.booking.models import Appointment
from treatments.plans.models import TreatmentPlan
from treatments.sessions.models import SignedSession
from treatments.tests.journeys.conftest import Site
from treatments.tests.journeys.site import Desk, eventually, mails

pytestmark = [pytest.mark.browser, pytest.mark.journey]

REGIONS = ("forehead", "cheek_left", "cheek_right")


@pytest.mark.parametrize(
    "language", ["tr", pytest.param("en", marks=pytest.mark.slow)], indirect=True
)
def test_a_patient_comes_in_and_leaves_treated(site: Site) -> None:
    reception, doctor = site.desk(site.receptionist), site.desk(site.physician)
    tablet = site.desk(site.nurse, width=1024, height=768)

    patient = register(reception, site.language)
    permit_care_messages(tablet, patient)
    take_intake(reception, patient)
    read_verdict(doctor, patient)
    analyse_skin(doctor, patient)
    compose_cocktail(doctor, patient)
    plan = set_plan(doctor, patient)
    book_course(reception, plan)
    consent_to_the_course(tablet, plan)
    arrive(reception)
    fill_in_session(tablet, plan)
    signed = sign(doctor, plan)
    read_sheet(reception, site, signed)
    read_mail_and_open_link(site, patient, signed)
    be_reminded_once(site, plan)


@pytest.fixture
def language(request: Any) -> str:
    return str(request.param)


def register(desk: Desk, language: str) -> Patient:
    desk.go('a[data-shortcut="n"]')
    desk.fill('input[name="full_name"]', "Işık Çağlar Öğüt")
    desk.fill('input[name="born_on"]', "14.03.1992")
    desk.choose("sex", "F")
    desk.fill('input[name="phone"]', "0532 123 45 67")
    desk.fill('input[name="email"]', "isik@mail.example")
    desk.choose("reminders", "email")
    desk.choose("language", language)
    desk.submit()
    patient = Patient.objects.get()
    # Typed without any Turkish letter, the patient is found.
    desk.open("/today/")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("isik caglar")
    desk.page.get_by_role("option").first.wait_for()
    assert patient.full_name in desk.page.get_by_role("option").first.inner_text()
    return patient


def decisions_of(patient: Patient) -> QuerySet[ConsentDecision]:
    return ConsentDecision.objects.filter(patient=patient)


def permit_care_messages(desk: Desk, patient: Patient) -> None:
    """The notice is shown, and one consent is asked by itself; without it no mail goes out."""
    desk.open(f"/patients/{patient.pk}/consents/notice/")
    desk.submit()
    desk.open(f"/patients/{patient.pk}/consents/care_messages/")
    desk.picture("consent-unsigned")
    sign_by_hand(desk)
    desk.picture("consent")
    desk.go('button[name="decision"][value="given"]')
    assert decisions_of(patient).get().kind == "care_messages"


def consent_to_the_course(desk: Desk, plan: TreatmentPlan) -> None:
    desk.open(f"/patients/{plan.patient_id}/consents/procedure/")
    sign_by_hand(desk)
    desk.picture("consent-to-the-course")
    desk.go('button[name="decision"][value="given"]')
    consent = decisions_of(plan.patient).get(kind="procedure")
    assert consent.about_id == plan.pk
    assert consent.read_to_end
    assert consent.signature


def sign_by_hand(desk: Desk) -> None:
    """Draw something like a name with the mouse."""
    pad = desk.page.locator("[data-signature-pad] canvas")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    assert box
    desk.page.mouse.move(box["x"] + 60, box["y"] + 90)
    desk.page.mouse.down()
    for step in range(1, 12):
        desk.page.mouse.move(
            box["x"] + 60 + 25 * step, box["y"] + (40 if step % 2 else 120), steps=4
        )
    desk.page.mouse.up()


def take_intake(desk: Desk, patient: Patient) -> None:
    """Nothing is answered beforehand; everything is then answered explicitly."""
    desk.open(f"/patients/{patient.pk}/intake/")
    desk.page.locator('main a[href*="/intake/"].btn-primary').first.click()
    for _page in range(12):
        if desk.page.locator("progress").count() == 0:
            break
        assert desk.page.locator('#questions input[type="radio"]:checked').count() == 0
        none = desk.page.locator("label[for=id_list_none]")
        if none.count():
            none.click()
        if desk.page.locator("[data-all-no]").count():
            desk.click("[data-all-no]")
        answer_the_rest(desk)
        desk.picture(f"intake-{_page}")
        desk.go('main button[name="go"][value="next"]')
    assert patient.answers.filter(code="pregnant", value="no").exists()


def answer_the_rest(desk: Desk) -> None:
    """Questions that are not yes or no: the harmless choice, a number."""
    for name, value in (
        ("hormonal_contraception", "none"),
        ("bleaching_cream", "none"),
        ("bdd_screen", "negative"),
        ("kidney", "none"),
        ("vision", "none"),
    ):
        control = desk.page.locator(f'#questions input[name="{name}"][value="{value}"]')
        if control.count() and not control.is_checked():
            desk.choose(name, value)
    for name, value in (("bmi", "24"), ("weight_kg", "62")):
        typed = desk.page.locator(f'input[name="{name}__typed"]')
        if typed.count():
            typed.fill(value)


def read_verdict(desk: Desk, patient: Patient) -> None:
    desk.open(f"/patients/{patient.pk}/verdict/")
    verdict = desk.page.locator(".ms-verdict")
    assert verdict.get_attribute("data-verdict") == "hold"  # what nobody asked is not a no
    desk.picture("verdict")
    # What is asked in the clinic is not for the desk: the physician asks it.
    desk.go('main .card a[href*="/intake/"]')
    if desk.page.locator("[data-all-no]").count():
        desk.click("[data-all-no]")
    answer_the_rest(desk)
    desk.picture("intake-in-the-clinic")
    desk.go('main button[name="go"][value="next"]')


def analyse_skin(desk: Desk, patient: Patient) -> None:
    desk.open(f"/patients/{patient.pk}/analyses/new/")
    desk.choose("spots-0-spot_type", "melasma")
    for region in REGIONS:
        desk.choose("spots-0-regions", region)
    desk.choose("spots-0-wood_finding", "partly_enhanced")
    desk.choose("spots-0-depth", "mixed")
    desk.choose("spots-0-causes", "sun")
    for region, (area, darkness, homogeneity) in {
        "forehead": (2, 2, 2),
        "right_malar": (4, 3, 3),
        "left_malar": (3, 3, 2),
        "chin": (1, 1, 1),
    }.items():
        desk.choose(f"score-{region}-area", str(area))
        desk.choose(f"score-{region}-darkness", str(darkness))
        desk.choose(f"score-{region}-homogeneity", str(homogeneity))
    desk.choose("phototype", "III")
    desk.submit()
    assert str(patient.analyses.get().mmasi) == "7.6"  # the worked example of the clinical pack


def compose_cocktail(desk: Desk, patient: Patient) -> None:
    from cocktails.catalogue.models import Product

    drawn, saline = Product.objects.get(code="txa-50"), Product.objects.get(code="saline-10")
    desk.open(f"/patients/{patient.pk}/cocktails/new/")
    desk.page.select_option('select[name="portions-0-product"]', str(drawn.pk))
    desk.fill('input[name="portions-0-drawn_ml"]', "0,4")
    desk.page.select_option('select[name="diluent"]', str(saline.pk))
    desk.fill('input[name="diluent_ml"]', "4,6")
    desk.fill('input[name="places-0-points"]', "40")
    desk.fill('input[name="places-0-ml_per_point"]', "0,05")
    desk.page.locator("#mixture").get_by_text("20", exact=False).first.wait_for()
    desk.picture("cocktail")
    desk.go('button[form="composer"].btn-primary')
    assert patient.cocktails.exists()


def set_plan(desk: Desk, patient: Patient) -> TreatmentPlan:
    desk.open(f"/patients/{patient.pk}/plan/new/")
    desk.choose("session_count", "6")
    desk.choose("interval_days", "14")
    desk.choose("session_minutes", "30")
    for region in REGIONS:
        if not desk.page.locator(f'input[name="regions"][value="{region}"]').is_checked():
            desk.choose("regions", region)
    desk.choose("antiseptic", "povidone_iodine")
    desk.choose("anaesthetic_cream", "none")
    desk.choose("gloves", "nitrile")
    desk.submit()
    plan: TreatmentPlan = patient.plans.get()
    return plan


def book_course(desk: Desk, plan: TreatmentPlan) -> None:
    """Every date is seen before anything is booked; one press books all of them."""
    desk.open(f"/patients/{plan.patient_id}/plans/{plan.pk}/book/")
    with desk.page.expect_navigation():  # a wish is asked for as soon as it is changed
        desk.fill('main form[method="get"] input[name="first_on"]', f"{localtime():%Y-%m-%d}")
    with desk.page.expect_navigation():
        desk.page.select_option('select[name="preferred"]', "13:00")
    for number in range(1, 7):
        assert desk.page.locator(f'input[name="slot-{number}"]:checked').count() == 1
    assert Appointment.objects.count() == 0
    desk.picture("book")
    desk.go('main form[method="post"] button.btn-primary')
    assert Appointment.objects.count() == 6
    starts = list(Appointment.objects.order_by("starts_at").values_list("starts_at", flat=True))
    assert all(b - a == timedelta(days=14) for a, b in pairwise(starts))
    assert localtime(starts[0]).date() == localtime().date()
    assert Message.objects.filter(kind="session_reminder").count() >= 5


def arrive(desk: Desk) -> None:
    desk.open("/today/")
    desk.clicks.reset()
    desk.click('form:has(input[name="to"][value="arrived"]) button')
    eventually(lambda: Appointment.objects.filter(state="arrived").exists())
    assert desk.clicks.count == 1
    desk.click('form:has(input[name="to"][value="in_room"]) button')
    eventually(lambda: Appointment.objects.filter(state="in_room").exists())


def fill_in_session(desk: Desk, plan: TreatmentPlan) -> None:
    session = plan.sessions.get(number=1)
    record = f"/patients/{plan.patient_id}/sessions/{session.pk}/"
    desk.open(record + "rescreen/")
    assert desk.page.locator('main input[type="radio"]:checked').count() == 0
    desk.click("[data-all-no]")
    for name in ("capacity_doubtful", "abcde_positive", "intoxicated"):
        if not desk.page.locator(f'input[name="{name}"][value="no"]').is_checked():
            desk.choose(name, "no")
    desk.picture("rescreen")
    desk.submit()
    desk.open(record)
    desk.choose("technique", "papule")
    desk.choose("device", "needle")
    for region in REGIONS:
        desk.fill(f'input[name="points_{region}"]', "13")
    desk.page.locator('input[name="strength_1"]').check()
    desk.fill('input[name="lot_1"]', "TXA-2611A")
    desk.choose("reactions", "erythema")
    desk.choose("pain", "2")
    now = localtime()
    desk.fill('input[name="started"]', f"{now - timedelta(minutes=20):%H:%M}")
    desk.fill('input[name="ended"]', f"{now:%H:%M}")
    desk.picture("session")
    desk.go('button[name="go"][value="save"]')
    assert session.draft.__class__.objects.get(pk=session.draft.pk).version > 1


def sign(desk: Desk, plan: TreatmentPlan) -> SignedSession:
    session = plan.sessions.get(number=1)
    desk.open(f"/patients/{plan.patient_id}/sessions/{session.pk}/sign/")
    desk.picture("sign")
    desk.submit()
    return SignedSession.objects.get(planned_session=session)


def read_sheet(desk: Desk, site: Site, signed: SignedSession) -> None:
    """One press at the desk gives the sheet: one page, Turkish letters, the actual clock times."""
    desk.open("/today/")
    href = desk.page.locator('a[href$="aftercare.pdf"]').first.get_attribute("href")
    assert href
    answer = desk.page.request.get(site.url + href)
    assert answer.headers["content-type"] == "application/pdf"
    pdf = PdfReader(BytesIO(answer.body()))
    text = "\n".join(page.extract_text() for page in pdf.pages)
    assert len(pdf.pages) == 1
    assert "Işık Çağlar Öğüt" in text
    assert clock(signed.ended_at + timedelta(hours=24), site.language) in " ".join(text.split())
    assert clock(signed.ended_at + timedelta(hours=48), site.language) in " ".join(text.split())
    if site.pictures:
        (site.pictures / "sheet.pdf").write_bytes(answer.body())


def clock(moment: datetime, language: str) -> str:
    """A moment as the sheet prints it: "Pzt 23 Kas 14:46"."""
    return when_words(moment, clinic_zone(), language)


def read_mail_and_open_link(site: Site, patient: Patient, signed: SignedSession) -> None:
    mail = eventually(lambda: next(filter(is_about_the_sheet, mails(site.maildir)), None))
    words = mail.get_payload(decode=True).decode()
    assert mail["To"] == patient.email
    assert not any(word in words.lower() for word in ("melazma", "melasma", "tranex", "traneks"))
    link = next(word for word in words.split() if word.startswith(site.url))
    phone = site.phone()
    phone.page.goto(link)
    assert signed.patient.full_name not in phone.page.content()
    answer_birth_date(phone, "1990-01-01")
    assert AftercareSheet.objects.get().content
    assert phone.page.locator('a[href$="sheet.pdf"]').count() == 0
    answer_birth_date(phone, "1992-03-14")
    phone.page.locator('a[href$="sheet.pdf"]').first.wait_for()
    phone.picture("phone")


def is_about_the_sheet(mail: Any) -> bool:
    """The letter after the booking came before it."""
    return b"/a/" in (mail.get_payload(decode=True) or b"")


def answer_birth_date(phone: Desk, day: str) -> None:
    year, month, date = day.split("-")
    single = phone.page.locator('input[name="birth_date"], input[name="born_on"]')
    if single.count():
        kind = single.first.get_attribute("type")
        single.first.fill(day if kind == "date" else f"{date}.{month}.{year}")
    else:
        for name, value in (("day", date), ("month", month), ("year", year)):
            phone.page.locator(f'input[name$="{name}"]').first.fill(str(int(value)))
    phone.go('main button[type="submit"], form button.btn-primary')


def be_reminded_once(site: Site, plan: TreatmentPlan) -> None:
    """The next session's reminder, brought forward: it is sent, and sent once."""
    reminder = Message.objects.filter(kind="session_reminder", state=MessageState.PENDING).earliest(
        "due_at"
    )
    before = len(mails(site.maildir))
    Message.objects.filter(pk=reminder.pk).update(due_at=localtime() - timedelta(minutes=1))
    eventually(lambda: Message.objects.get(pk=reminder.pk).state == MessageState.SENT)
    site.browser.contexts[0].pages[0].wait_for_timeout(3000)  # a few more sweeps pass
    assert len(mails(site.maildir)) == before + 1
    assert Message.objects.filter(kind="aftercare_link", state=MessageState.SENT).count() == 1
