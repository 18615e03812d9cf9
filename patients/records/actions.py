"""Registering patients and correcting what is known about them."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import connection, transaction
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from clinic.audit.actions import Actor, record
from clinic.refusals import Refused
from patients.records.hooks import address_replaced, before_change, patient_changed
from patients.records.models import Patient
from patients.records.queries import patients_like
from patients.records.rules import (
    can_be_texted,
    check_birth_date,
    check_visible,
    normal_phone,
    tidy_name,
)
from patients.records.terms import BY_PHONE, ReminderWish

FIELDS = ("full_name", "born_on", "sex", "phone", "email", "language", "reminders")


class AlreadyRegistered(Refused):
    """Somebody with this name and birth date has a file already."""

    code = "already_registered"

    def __init__(self, known: Sequence[Patient]) -> None:
        super().__init__(_("A patient with this name and birth date is already registered."))
        self.known = known


class NoAddress(Refused):
    status = 422
    code = "no_address"


@transaction.atomic
def register_patient(
    *,
    full_name: str,
    born_on: date,
    sex: str,
    phone: str,
    email: str,
    language: str,
    reminders: str,
    by: Actor,
    now: datetime,
    although_known: bool = False,
) -> Patient:
    """Open a file. A second file for the same name and birth date needs `although_known`."""
    patient = Patient(
        number=_next_number(),
        registered_at=now,
        full_name=full_name,
        born_on=born_on,
        sex=sex,
        phone=phone,
        email=email,
        language=language,
        reminders=reminders,
    )
    _tidy(patient, today=localdate(now))
    if not although_known and (
        known := patients_like(full_name=patient.full_name, born_on=born_on)
    ):
        raise AlreadyRegistered(known)
    patient.save()
    record(verb="patient.registered", subject=patient, by=by, now=now, patient_id=patient.pk)
    return patient


@transaction.atomic
def change_patient(
    *,
    patient: Patient,
    full_name: str,
    born_on: date,
    sex: str,
    phone: str,
    email: str,
    language: str,
    reminders: str,
    by: Actor,
    now: datetime,
) -> Patient:
    """Correct a file. The audit names the fields that changed, never their values."""
    before_change(patient)
    patient = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    before = {name: getattr(patient, name) for name in FIELDS}
    patient.full_name = full_name
    patient.born_on = born_on
    patient.sex = sex
    patient.phone = phone
    patient.email = email
    patient.language = language
    patient.reminders = reminders
    _tidy(patient, today=localdate(now))
    changed = [name for name in FIELDS if getattr(patient, name) != before[name]]
    if changed:
        patient.save()
        record(
            verb="patient.changed",
            subject=patient,
            by=by,
            now=now,
            patient_id=patient.pk,
            fields=changed,
        )
        to_phone = before["reminders"] in BY_PHONE and "phone" in changed
        if to_phone or (before["email"] and "email" in changed):
            address_replaced(patient, now)
        patient_changed(patient, by, now)
    return patient


def _tidy(patient: Patient, *, today: date) -> None:
    patient.full_name = tidy_name(patient.full_name)
    patient.phone = normal_phone(patient.phone)
    check_visible(patient.email)
    check_birth_date(patient.born_on, today=today)
    if patient.reminders == ReminderWish.EMAIL and not patient.email:
        raise NoAddress(_("For reminders by e-mail an e-mail address is needed."))
    if patient.reminders in BY_PHONE and not can_be_texted(patient.phone):
        raise NoAddress(_("For reminders by SMS or WhatsApp a mobile number is needed."))


def _next_number() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('patient_number')")
        return int(cursor.fetchone()[0])
