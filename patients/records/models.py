"""Who the patients are."""

from datetime import date
from typing import Any

from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.folding import fold, turkish_sort_key
from clinic.identity import Addressed
from patients.records.rules import completed_years, phone_for_reading, search_key
from patients.records.terms import PatientLanguage, ReminderWish, Sex


class PatientQuerySet(models.QuerySet["Patient"]):
    def matching(self, text: str) -> "PatientQuerySet":
        """Patients whose name, phone or number contains every word of `text`, however it is spelt."""
        found = self
        for word in fold(text).split():
            found = found.filter(search_key__contains=word)
        return found

    def by_name(self) -> "PatientQuerySet":
        return self.order_by("sort_key", "pk")


class Patient(Addressed):
    """One person treated here. Names are one field: nobody is forced into first and last."""

    number = models.PositiveIntegerField(_("Patient number"), unique=True)
    full_name = models.CharField(_("Full name"), max_length=120)
    born_on = models.DateField(_("Birth date"))
    sex = models.CharField(_("Sex"), max_length=1, choices=Sex.choices)
    phone = models.CharField(_("Phone"), max_length=20, blank=True)
    email = models.EmailField(_("E-mail"), blank=True)
    language = models.CharField(_("Language"), max_length=5, choices=PatientLanguage.choices)
    reminders = models.CharField(_("Reminders"), max_length=10, choices=ReminderWish.choices)
    registered_at = models.DateTimeField()
    search_key = models.TextField(editable=False)
    sort_key = models.CharField(max_length=240, editable=False)

    objects = PatientQuerySet.as_manager()

    class Meta:
        verbose_name = _("patient")
        verbose_name_plural = _("patients")
        indexes = [
            GinIndex(fields=["search_key"], opclasses=["gin_trgm_ops"], name="patient_search"),
            models.Index(fields=["sort_key"], name="patient_sort"),
            models.Index(fields=["born_on"], name="patient_born"),  # who has a file already
        ]
        constraints = [
            models.CheckConstraint(
                name="reminded_by_email_has_an_email",
                condition=~Q(reminders=ReminderWish.EMAIL) | ~Q(email=""),
            ),
            models.CheckConstraint(
                name="reminded_by_phone_has_a_phone",
                condition=~Q(reminders__in=[ReminderWish.SMS, ReminderWish.WHATSAPP])
                | ~Q(phone=""),
            ),
        ]

    def __str__(self) -> str:
        return self.full_name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.set_keys()
        super().save(*args, **kwargs)

    def set_keys(self) -> None:
        """Compute the search and sort keys (bulk loads call this themselves)."""
        self.search_key = search_key(
            folded_name=fold(self.full_name),
            phone=self.phone,
            number=self.number,
            email=self.email,
        )
        self.sort_key = turkish_sort_key(self.full_name)

    def age_on(self, day: date) -> int:
        """Completed years on `day`."""
        return completed_years(self.born_on, day)

    @property
    def phone_for_reading(self) -> str:
        return phone_for_reading(self.phone)
