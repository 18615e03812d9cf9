"""Reads about who the patients are."""

import contextlib
from collections.abc import Collection
from datetime import date
from uuid import UUID

from patients.records.models import Patient, PatientQuerySet
from patients.records.rules import UnreadableIdentity, normal_phone, same_person


def patient(patient_id: UUID) -> Patient:
    return Patient.objects.get(pk=patient_id)


def all_patients() -> PatientQuerySet:
    """Everybody, in the order of the Turkish alphabet."""
    return Patient.objects.by_name()


def names_with_file(patient_ids: Collection[UUID]) -> dict[UUID, str]:
    """Name and file number, by which people tell two patients of the same name apart."""
    rows = Patient.objects.filter(pk__in=patient_ids).values_list("pk", "full_name", "number")
    return {pk: f"{name} · {number}" for pk, name, number in rows}


def with_numbers(numbers: Collection[str]) -> dict[str, list[UUID]]:
    """The patients of each telephone number, however the number is written; by name."""
    stored: dict[str, str] = {}
    for number in numbers:
        with contextlib.suppress(UnreadableIdentity):
            stored[number] = normal_phone(number)
    rows = Patient.objects.filter(phone__in=set(stored.values()) - {""}).by_name()
    owners: dict[str, list[UUID]] = {}
    for pk, phone in rows.values_list("pk", "phone"):
        owners.setdefault(phone, []).append(pk)
    return {number: owners[phone] for number, phone in stored.items() if phone in owners}


def patients_matching(text: str) -> PatientQuerySet:
    """Patients found by name, telephone or file number, however it is spelt."""
    return Patient.objects.matching(text).by_name()


def newest_patients(count: int) -> list[Patient]:
    return list(Patient.objects.order_by("-number")[:count])


def patients_like(
    *, full_name: str, born_on: date, other_than: UUID | None = None
) -> list[Patient]:
    """Patients already registered under the same name (however spelt) and birth date."""
    candidates = Patient.objects.matching(full_name).filter(born_on=born_on)
    found = same_person(candidates, full_name=full_name, born_on=born_on)
    return [one for one in found if one.pk != other_than]
