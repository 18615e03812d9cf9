"""A patient with a phone: asked by the desk, walking the pages as a thumb would."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone, translation

from clinic.tests.builders import receptionist
from patients.intake.page_queries import IntakePage
from patients.intake.terms import NO
from patients.links.tokens import token_for
from patients.phone_intake import actions
from patients.phone_intake.actions import ask_patient, link_of
from patients.phone_intake.drafts import draft_of, steps_of
from patients.phone_intake.forms import StepForm, none_to_keep
from patients.phone_intake.models import PhoneIntake, PhoneSubmission
from patients.rulebook.queries import rules_in_force
from patients.tests.builders import a_patient

BORN = {"born-day": "14", "born-month": "3", "born-year": "1992"}


def an_intake(patient: Any = None, **fields: Any) -> PhoneIntake:
    return ask_patient(
        patient=patient or a_patient(**fields), by=receptionist(), now=timezone.now()
    )


def all_no(form: StepForm, **changes: Any) -> dict[str, Any]:
    """What a healthy person's thumb chooses on a page; `changes` replace or take out (None)."""
    chosen: dict[str, Any] = {"step": form.page.key, "go": "next", "shown": []}
    for shown in form.questions:
        chosen["shown"].append(shown.name)
        if shown.can_be_no:
            chosen[shown.name] = NO
    if form.page.listed:
        chosen[form.page.listed.none_code] = "yes"
    return {key: value for key, value in (chosen | changes).items() if value is not None}


class Phone:
    """A browser of the patient's. `born` None: the birth date was not given yet."""

    def __init__(self, intake: PhoneIntake, born: dict[str, str] | None = BORN) -> None:
        self.intake = intake
        self.client = Client()
        self.token = token_for(link_of(intake, timezone.now()).pk)
        if born:
            self.client.post(self.address(), born)

    def address(self, page: str = "") -> str:
        if page in ("check", "sent"):
            return reverse(f"phone:{page}", args=[self.token])
        if page:
            return reverse("phone:step", args=[self.token, page])
        return reverse("phone:open", args=[self.token])

    def get(self, page: str = "", **kwargs: Any) -> Any:
        return self.client.get(self.address(page), **kwargs)

    def where(self) -> str:
        """The page on which the link goes on."""
        return str(self.get()["Location"]).rstrip("/").rpartition("/")[2]

    def all_no(self, page: str, **changes: Any) -> dict[str, Any]:
        return all_no(self.get(page).context["form"], **changes)

    def answer(self, page: str, **changes: Any) -> Any:
        return self.client.post(self.address(page), self.all_no(page, **changes))

    def walk(self, **changes: dict[str, Any]) -> list[str]:
        """Answer page by page until the check; `changes` per page. Returns the pages it met."""
        met = []
        while (page := self.where()) != "check":
            met.append(page)
            answered = self.answer(page, **changes.get(page, {}))
            assert answered.status_code == 302, (page, answered.context["form"].problems())
        return met

    def send(self) -> Any:
        return self.client.post(self.address("check"), {"send": "1"})


def fill_in(intake: PhoneIntake, now: datetime, changes: Mapping[str, dict[str, Any]]) -> None:
    """What `Phone.walk` does, by the forms and actions of the pages, without drawing a page."""
    on = timezone.localdate(now)

    def form_of(page: IntakePage, posted: Any = None) -> StepForm:
        language = intake.patient.language
        return StepForm(page=page, on=on, rule_set=rules_in_force(), language=language, post=posted)

    for _page in range(20):
        steps = steps_of(intake.patient, draft_of(intake, on), on)
        page = next((step for step in steps if step.open_codes), None)
        if page is None:
            return
        typed = all_no(form_of(page), **changes.get(page.key, {}))
        form = form_of(page, RequestFactory().post("/", typed).POST)
        assert not form.is_wrong, (page.key, form.problems())
        actions.save_step(
            intake=intake,
            answers=form.answers,
            listed=page.listed,
            line=form.line_to_add,
            none="" if form.has_line else none_to_keep(form),
            remove=form.remove,
            now=now,
        )
    raise AssertionError([(step.key, step.open_codes) for step in steps])


def a_submission(patient: Any = None, **changes: dict[str, Any]) -> PhoneSubmission:
    """What a healthy patient sent, but for `changes` per page."""
    now = timezone.now()
    intake = an_intake(patient)
    with translation.override(intake.patient.language):
        actions.note_opened(intake=intake, now=now)
        fill_in(intake, now, changes)
        return actions.submit(intake=intake, language=intake.patient.language, now=now)
