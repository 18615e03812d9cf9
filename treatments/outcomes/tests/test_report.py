"""The progress report: the patient's language, chosen photographs only, and no promise."""

import io
import re

import pytest
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from clinic.pdf import available
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from patients.consents.actions import withdraw_consent
from patients.consents.terms import ConsentKind, How
from patients.consents.tests.builders import decides
from treatments.analysis.tests.builders import FOLLOW_UP
from treatments.outcomes.documents import MOST_PHOTOGRAPHS, NoSuchPhotograph, report_pdf
from treatments.outcomes.tests.builders import a_course_begun, scored, session_at
from treatments.outcomes.tests.test_outcome import WORSE
from treatments.photographs.tests.builders import a_photograph, a_picture
from treatments.plans.models import TreatmentPlan

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(available() is not None, reason="there is no Pango on this machine"),
]


@pytest.fixture
def plan():
    plan = a_course_begun(2)
    scored(plan, FOLLOW_UP, session_at(2))
    return plan


def text_of(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def pictures_in(content):
    pages = PdfReader(io.BytesIO(content)).pages
    return len({image.data for page in pages for image in page.images})


def address(name, plan):
    return reverse(f"outcomes:{name}", args=[plan.patient_id, plan.pk])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("tr", ["mMASI", "7,6", "3,3", "%56,6 düştü"]),
        ("en", ["mMASI", "7.6", "3.3", "fell by 56.6%"]),
    ],
)
def test_the_report_says_in_the_patients_language_what_the_table_says(plan, language, words):
    plan.patient.language = language
    plan.patient.save()
    # Whoever prints it reads another language.
    with translation.override("en" if language == "tr" else "tr"):
        content = report_pdf(plan.patient, plan.pk, [])
    text = text_of(content)
    for each in (plan.patient.full_name, *words):
        assert each in text
    assert PdfReader(io.BytesIO(content)).trailer["/Root"]["/Lang"].startswith(language)
    assert pictures_in(content) == 0


def test_the_report_draws_where_the_spots_were(plan):
    plan.patient.language = "en"
    text = text_of(report_pdf(plan.patient, plan.pk, []))
    assert "Where the spots were seen" in text
    assert "Frontal" in text

    TreatmentPlan.objects.update(analysis=None)
    assert "Where the spots" not in text_of(report_pdf(plan.patient, plan.pk, []))


def test_a_rise_is_said_as_plainly(plan):
    scored(plan, WORSE, session_at(3))
    plan.patient.language = "en"
    assert re.search(r"rose by [0-9.]+%", text_of(report_pdf(plan.patient, plan.pk, [])))


def test_only_chosen_photographs_are_printed_and_only_with_consent(plan):
    decides(plan.patient, ConsentKind.CLINICAL_PHOTOS)
    first, _second = (
        a_photograph(plan.patient),
        a_photograph(plan.patient, content=a_picture((330, 400))),
    )
    assert pictures_in(report_pdf(plan.patient, plan.pk, [])) == 0
    assert pictures_in(report_pdf(plan.patient, plan.pk, [first.pk])) == 1

    withdraw_photos(plan.patient)
    with pytest.raises(NoSuchPhotograph):
        report_pdf(plan.patient, plan.pk, [first.pk])


def withdraw_photos(patient):
    withdraw_consent(
        patient=patient,
        kind=ConsentKind.CLINICAL_PHOTOS,
        note="",
        how=How.DESK,
        by=clinic.receptionist(),
        now=NOW,
    )


def test_another_patients_photograph_is_refused(plan):
    decides(plan.patient, ConsentKind.CLINICAL_PHOTOS)
    with pytest.raises(NoSuchPhotograph):
        report_pdf(plan.patient, plan.pk, [a_photograph().pk])


def test_the_page_chooses_nothing_and_leads_to_the_pdf(client, plan):
    decides(plan.patient, ConsentKind.CLINICAL_PHOTOS)
    photograph = a_photograph(plan.patient)
    client.force_login(clinic.nurse())
    page = client.get(address("report", plan)).content.decode()
    assert str(photograph.pk) in page
    (box,) = re.findall(r'<input type="checkbox" name="photograph"[^>]*>', page)
    assert "checked" not in box

    answer = client.get(address("report-pdf", plan), {"photograph": str(photograph.pk)})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert plan.patient.full_name not in answer["Content-Disposition"]
    assert pictures_in(answer.content) == 1


@pytest.mark.parametrize("asked", [["nonsense"], ["00000000-0000-0000-0000-000000000000"]])
def test_what_cannot_be_printed_is_said_on_the_page(client, plan, asked):
    client.force_login(clinic.nurse())
    answer = client.get(address("report-pdf", plan), {"photograph": asked})
    assert answer.status_code == 422
    assert "ms-error-summary" in answer.content.decode()


def test_more_than_fit_are_refused(plan):
    decides(plan.patient, ConsentKind.CLINICAL_PHOTOS)
    many = [a_photograph(plan.patient).pk for _each in range(MOST_PHOTOGRAPHS + 1)]
    with pytest.raises(NoSuchPhotograph):
        report_pdf(plan.patient, plan.pk, many)


def test_the_desk_does_not_read_it(client, plan):
    client.force_login(clinic.receptionist())
    assert client.get(address("report", plan)).status_code == 403
    assert client.get(address("report-pdf", plan)).status_code == 403
