"""What patients and visitors fill in without an account."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.utils.translation import gettext_lazy as _

from clinic.refusals import Refused
from patients.records.forms import VisibleCharField
from patients.records.rules import LONGEST_NAME, normal_phone, tidy_name
from treatments.booking.queries import Offer
from treatments.patient_side import rules
from treatments.patient_side.actions import Wished
from treatments.patient_side.queries import PossibleDay
from treatments.patient_side.terms import PartOfDay, VisitorKind
from treatments.patient_side.visitors import Asked
from treatments.waitlist.forms import WeekdaysForm

STAMP_SALT = "treatments.patient_side.visitor"


class MoveForm(forms.Form):
    """One of the times that are possible, or words."""

    time = forms.CharField(max_length=90, required=False)
    words = VisibleCharField(label=_("When you can come"), max_length=300, required=False)

    def __init__(self, *args: Any, days: list[PossibleDay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers = {value_of(each): each for day in days for each in day.offers}

    def clean_time(self) -> Offer | None:
        said = self.cleaned_data["time"]
        if not said:
            return None
        if said not in self.offers:
            raise forms.ValidationError(
                _("This time is not free any more. Choose another one."), code="gone"
            )
        return self.offers[said]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.errors and not cleaned.get("time") and not cleaned.get("words"):
            raise forms.ValidationError(
                _("Choose one of the times, or write when you can come."), code="nothing"
            )
        return cleaned

    @property
    def wished(self) -> Wished:
        return Wished(self.cleaned_data["time"], self.cleaned_data["words"])


def value_of(offer: Offer) -> str:
    return f"{offer.span.starts_at.isoformat()}|{offer.room.pk}"


class VisitorForm(WeekdaysForm):
    """Who wishes an appointment, how to reach them, and when it suits."""

    full_name = VisibleCharField(
        label=_("Your name"),
        max_length=LONGEST_NAME,
        error_messages={"required": _("Enter your name.")},
    )
    phone = VisibleCharField(label=_("Phone"), max_length=30, required=False)
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        required=False,
        error_messages={"invalid": _("Enter an e-mail address such as name@example.com.")},
    )
    kind = forms.ChoiceField(label=_("What for"), choices=VisitorKind.choices)
    part_of_day = forms.ChoiceField(label=_("Time of day"), choices=PartOfDay.choices)
    # People do not see it; a program that fills in everything does.
    website = forms.CharField(required=False)

    def clean_full_name(self) -> str:
        return _or_say_why(tidy_name, self.cleaned_data["full_name"])

    def clean_phone(self) -> str:
        return _or_say_why(normal_phone, self.cleaned_data["phone"])

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        nothing = not cleaned.get("phone") and not cleaned.get("email")
        if nothing and not {"phone", "email"} & set(self.errors):
            self.add_error("phone", _("Enter a telephone number or an e-mail address."))
        return cleaned

    @property
    def is_of_a_program(self) -> bool:
        return bool(self.cleaned_data.get("website"))

    @property
    def asked(self) -> Asked:
        said = self.cleaned_data
        return Asked(
            full_name=said["full_name"],
            phone=said["phone"],
            email=said["email"],
            kind=VisitorKind(said["kind"]),
            weekdays=said["weekdays"],
            part_of_day=PartOfDay(said["part_of_day"]),
        )


def new_stamp(now: datetime) -> str:
    """What a fresh form carries: the key of its request and when it was shown, signed."""
    return signing.dumps({"k": uuid4().hex, "at": now.timestamp()}, salt=STAMP_SALT)


def key_in(stamp: str, now: datetime) -> UUID | None:
    """The key of the form's request, or None when no person can have filled it in like that."""
    try:
        said = signing.loads(stamp, salt=STAMP_SALT)
        age = timedelta(seconds=now.timestamp() - said["at"])
        return UUID(hex=said["k"]) if rules.is_form_of_a_person(age) else None
    except (signing.BadSignature, ValueError, KeyError, TypeError, UnicodeError, OverflowError):
        return None


def _or_say_why(rule: Any, value: str) -> str:
    try:
        return str(rule(value))
    except Refused as refusal:
        raise forms.ValidationError(str(refusal), code=refusal.code) from refusal
