"""A clinic with one patient at each stage, so that every address leads to something."""

import itertools
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.test import Client

from clinic.hours.actions import block_time, close_day
from clinic.hours.models import BlockedTime, ClosedDay, Room
from clinic.hours.terms import Blocking
from clinic.messages.actions import owe_message
from clinic.messages.models import Message, Reply
from clinic.messages.terms import Channel
from clinic.tests import builders as clinic
from clinic.tests.builders import NOW
from cocktails.catalogue.models import Ingredient
from cocktails.composition.protocols import write_protocol
from cocktails.stock.actions import open_vial, recall_lot
from cocktails.stock.tests.builders import a_lot, a_vial_product
from cocktails.tests.builders import a_product
from patients.clinic_names.actions import settle_name
from patients.clinic_names.models import NameChange
from patients.clinic_names.terms import Meaning, NameList
from patients.consents.models import ConsentDecision
from patients.importing.models import PatientImport
from patients.intake import actions as intake
from patients.intake.page_queries import intake_pages
from patients.lesions.actions import report_change
from patients.lesions.terms import Source
from patients.links.actions import link_to
from patients.links.terms import LinkPurpose
from patients.links.tokens import token_for
from patients.phone_intake.tests.builders import Phone, a_submission, an_intake
from patients.screening.models import Screening
from patients.tests.builders import a_healthy_patient, a_patient
from treatments.aftercare.documents import seal_of
from treatments.aftercare.models import AftercareSheet
from treatments.combined.actions import advise_product, plan_procedure
from treatments.combined.models import CombinedProcedure, HomeProduct
from treatments.measuring.tests.builders import measured as a_measurement
from treatments.outcomes.models import ReviewPoint
from treatments.patient_side.tests.builders import PatientsSide
from treatments.photographs.tests.builders import a_photograph
from treatments.reminders import choices
from treatments.sessions.tests.builders import (
    a_course,
    a_signed_session,
    first_session,
    ready_to_sign,
)
from treatments.tests.builders import a_set_plan
from treatments.tracing.actions import note_event
from treatments.tracing.terms import EventCode, EventSeverity

# The clock of this world: a session of today is open, re-screened and recorded, not signed.
AT = NOW + timedelta(minutes=90)

AN_ANSWER = {
    "channel": Channel.SMS, "gateway_id": "a-1", "number": "+905321234567",
    "text": "Yarın gelemiyorum.", "received_at": AT,
}  # fmt: skip


class Clinic:
    """One patient at each stage, reached by the real actions."""

    def __init__(self) -> None:
        self.open = first_session(a_course())
        self.physician = self.open.plan.physician
        screened = a_patient(now=NOW)
        self._lists(screened)
        ready_to_sign(self.open)
        signed = a_signed_session()
        self.signed = signed
        sheet = AftercareSheet.objects.get(patient=signed.planned_session.plan.patient)
        held = a_set_plan(patient=a_healthy_patient(answers={"pregnant": "yes"}), now=NOW)
        unbooked = a_set_plan(now=NOW)
        self._other_treatments(unbooked.patient)
        submission = a_submission()
        asked = an_intake(a_patient())
        self.phone = Phone(asked)
        walked = self.phone.walk()
        again = Phone(an_intake(a_patient()), born=None)
        link = link_to(
            patient=sheet.patient,
            purpose=LinkPurpose.AFTERCARE,
            about_id=sheet.pk,
            expires_at=AT + timedelta(days=9),
            now=AT,
        )
        self.sheet_token = token_for(link.pk)
        self.phone.client.post(
            f"/a/{self.sheet_token}/", {"day": "14", "month": "3", "year": "1992"}
        )
        self.question_token = self._asked_weeks_later(signed)
        self.desk = clinic.receptionist()
        self.clients = {
            "receptionist": self._signed_in(self.desk),
            "physician": self._signed_in(self.physician),
            "nurse": self._signed_in(clinic.nurse()),
            "manager": self._signed_in(clinic.manager()),
            "anonymous": Client(raise_request_exception=False),
            "phone": self.phone.client,
        }
        self.phone.client.raise_request_exception = False
        table = BytesIO("Ad Soyad;Doğum Tarihi\nAda Işık;02.01.1990\n".encode())
        table.name = "patients.csv"
        self.clients["receptionist"].post("/patients/import/", {"uploads": [table]})
        self._set_reviews(signed.planned_session.plan)
        self.records = [
            *self._of_plan(self.open.plan, session=self.open),
            *self._of_plan(signed.planned_session.plan, session=signed.planned_session),
            *self._of_plan(held),
            *self._of_plan(unbooked),
            self._of_photograph(),
            {"patient_id": screened.pk},
            {"patient_id": submission.intake.patient_id, "intake_id": submission.pk},
            {"patient_id": asked.patient_id, "intake_id": asked.pk, "token": self.phone.token},
            {"token": again.token, "step": "medications"},
            {"token": self.sheet_token},
            {"token": self.question_token},
            {"sheet_id": sheet.pk, "seal": seal_of(sheet.content)},
            {"token": choices.token_of(signed.patient_id, "session_reminder")},
            *self._of_patients_side(),
            *self._of_stock(),
            *self._of_shelf(),
        ]
        self.common: dict[str, list[Any]] = {
            "change_id": [NameChange.objects.latest("pk").pk],
            "number": [1, 3],
            "reply_id": [Reply.objects.create(**AN_ANSWER).pk],
            "message_id": list(Message.objects.values_list("pk", flat=True)[:2]),
            "import_id": [PatientImport.objects.get().pk],
            "rule_id": ["R-PREG", "R-KELOID"],
            "code": ["pregnant", "bmi"],
            "kind": ["procedure", "marketing"],
            "language": ["tr"],
            "listed": ["medications", "allergies"],
            "section": [page.key for page in intake_pages(screened, AT.date())],
            "step": walked,
            "what": ["confirm", "move", "room"],
            "view": ["frontal", "neck"],
            "size": ["thumb", "none"],
            "member_id": [self.physician.pk],
            "blocked_id": [self._away().pk],
            "thing_id": [Room.objects.all()[0].pk],
            "day": [self._closed().on.isoformat()],
            "key": ["MQ:abc"],
            "uidb36": ["1"],
        }

    def _away(self) -> BlockedTime:
        return block_time(
            member=self.physician,
            kind=Blocking.ABSENCE,
            starts_at=AT,
            ends_at=AT + timedelta(hours=2),
            why="Kongre",
            by=self.physician,
            now=NOW,
        ).time

    def _closed(self) -> ClosedDay:
        on = AT.date() + timedelta(days=300)
        return close_day(on=on, why="Bakım", by="test", now=NOW)

    def _signed_in(self, member: Any) -> Client:
        browser = Client(raise_request_exception=False)
        browser.force_login(member)
        return browser

    def _lists(self, patient: Any) -> None:
        by: dict[str, Any] = {"by": "test", "now": NOW}
        intake.list_medication(
            patient=patient, text="Zorbexin 5", status="current", last_taken=None, since=None, **by
        )
        intake.list_allergy(patient=patient, text="Qwertilin", reaction="", severity="mild", **by)
        settle_name(
            listed=NameList.MEDICATIONS,
            name="blorbexin",
            written="Blorbexin",
            meaning=Meaning.KNOWN,
            substance="warfarin",
            by=self.physician,
            now=NOW,
        )
        report_change(
            patient=patient,
            regions=["chin"],
            features=["border"],
            source=Source.ANALYSIS,
            by=self.physician,
            now=NOW,
        )

    def _other_treatments(self, patient: Any) -> None:
        by: dict[str, Any] = {"patient": patient, "by": self.physician, "now": NOW}
        ahead = NOW.date() + timedelta(days=200)
        plan_procedure(kind="laser_spot", regions=["chin"], on=ahead, details="", **by)
        advise_product(
            product="retinol", name="", use="akşam", starts_on=NOW.date(), pause_days=5, **by
        )

    def _asked_weeks_later(self, signed: Any) -> str:
        """A question that was sent, its link open on the telephone."""
        session = signed.planned_session_id
        asked = owe_message(
            patient_id=signed.patient_id,
            kind="late_check",
            event_key=f"late_check:{session}:2",
            about_id=session,
            due_at=AT,
            not_after=AT + timedelta(days=7),
            now=AT,
        )
        Message.objects.filter(pk=asked.pk).update(state="sent")
        link = link_to(
            patient=signed.patient,
            purpose=LinkPurpose.LATE_CHECK,
            about_id=asked.pk,
            expires_at=AT + timedelta(days=9),
            now=AT,
        )
        token = token_for(link.pk)
        self.phone.client.post(
            f"/how-are-you/{token}/", {"day": "14", "month": "3", "year": "1992"}
        )
        return token

    def _of_photograph(self) -> dict[str, Any]:
        """Two of one view, so that they can be compared, and a third on which a colour was measured."""
        first = a_photograph(by=self.physician)
        a_photograph(first.patient, by=self.physician, now=AT)
        measured = a_measurement(patient=first.patient, by=self.physician, now=AT)
        return {
            "patient_id": first.patient_id,
            "photograph_id": first.pk,
            "measurement_id": measured.pk,
        }

    def _set_reviews(self, begun: Any) -> None:
        """One that is to come, and one that waits for its score."""
        for plan, number in ((self.open.plan, 4), (begun, 1)):
            ReviewPoint.objects.create(
                plan=plan,
                session_number=number,
                series="mmasi",
                threshold_percent=25,
                reason="Klinikte olağan.",
                set_by=self.physician,
                set_at=NOW,
            )

    def _of_stock(self) -> list[dict[str, Any]]:
        """A lot that somebody was treated with, one with an opened vial, and a recalled one."""
        used, opened, recalled = (
            a_lot("niacinamide-20", "A-123"),
            a_lot(a_vial_product(), "V-1"),
            a_lot("txa-50", "R-1"),
        )
        open_vial(lot_id=opened.pk, by=self.physician, now=NOW)
        recall_lot(lot_id=recalled.pk, reason="Üretici", by=self.physician, now=NOW)
        event = note_event(
            signed=self.signed,
            code=EventCode.NODULE,
            onset_on=AT.date(),
            severity=EventSeverity.MILD,
            note="Yanakta sert bir nokta.",
            by=self.physician,
            now=AT,
        )
        return [
            {"patient_id": event.patient_id, "event_id": event.pk},
            {"lot_id": used.pk, "product_of_lot": used.product_id},
            {"lot_id": opened.pk},
            {"lot_id": recalled.pk},
            {"session_of_label": self.open.pk},
        ]

    def _of_shelf(self) -> list[dict[str, Any]]:
        """An ingredient for which newer values wait, a product, and a protocol of the clinic."""
        product = a_product("txa-50")
        Ingredient.objects.filter(pk=product.ingredient_id).update(
            offered={"soft_mg": "8"}, offered_version="3"
        )
        protocol = write_protocol(
            name="Alın",
            spot_type="melasma",
            note="",
            portions=[(product, Decimal("0.4"))],
            diluent=None,
            diluent_ml=Decimal(0),
            places=[],
            syringe_ml=None,
            by=self.physician,
            now=NOW,
        )
        return [
            {"slug": product.ingredient_id},
            {"shelf_product_id": product.pk},
            {"protocol_id": protocol.pk},
        ]

    def _of_plan(self, plan: Any, session: Any = None) -> list[dict[str, Any]]:
        patient = plan.patient
        record = {"patient_id": patient.pk, "plan_id": plan.pk, "analysis_id": plan.analysis_id}
        if plan.cocktail_id:
            record["cocktail_id"] = plan.cocktail_id
        if session is not None:
            record |= {"session_id": session.pk, "appointment_id": session.appointment_id}
        if point := ReviewPoint.objects.filter(plan=plan).first():
            record["point_id"] = point.pk
        if latest := Screening.objects.filter(patient=patient).order_by("-screened_at").first():
            record["screening_id"] = latest.pk
        if procedure := CombinedProcedure.objects.filter(patient=patient).first():
            record["procedure_id"] = procedure.pk
        if product := HomeProduct.objects.filter(patient=patient).first():
            record["product_id"] = product.pk
        if decided := ConsentDecision.objects.filter(patient=patient).first():
            record["decision_id"] = decided.pk
        return [record]

    def _of_patients_side(self) -> list[dict[str, Any]]:
        """Links that act, an offer, the page of visits, calendars, a wish, a visitor's request."""
        side = PatientsSide(self.desk)
        side.open_page_of_visits(self.phone.client)
        return [
            *({"key": key, "act": act} for act, key in side.keys.items()),
            {"offer_key": side.offer_key, "offer_id": side.offer.pk},
            {"page_key": side.page_key, "appointment_id": side.visit.pk},
            {"feed_key": side.feed_key},
            {"entry_id": side.waiting.pk},
            {"wish_id": side.wish.pk},
            {"request_id": side.visitor.pk},
        ]

    def kwargs_for(self, names: set[str]) -> Iterator[dict[str, Any]]:
        """Real ids that belong together, for an address with these names in it."""
        if not names:
            yield {}
            return
        for record in self.records:
            missing = sorted(names - set(record))
            if any(name not in self.common for name in missing):
                continue
            if names & set(record) or not any(names & set(each) for each in self.records):
                for values in itertools.product(*(self.common[name] for name in missing)):
                    own = {name: record[name] for name in names & set(record)}
                    yield own | dict(zip(missing, values, strict=True))
                if not names & set(record):
                    return
