"""What the physician sets: a course, maintenance visits, another length."""

from datetime import time
from typing import Any
from uuid import UUID

from django import forms
from django.db.models import Q, QuerySet
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from clinic.hours.models import Room
from clinic.staff.models import StaffMember
from clinic.staff.queries import physicians
from treatments.analysis.terms import BodyRegion
from treatments.plans import rules
from treatments.plans.models import TreatmentPlan
from treatments.plans.queries import wishes_version
from treatments.plans.setting import PatientWishes
from treatments.plans.terms import AnaestheticCream, Antiseptic, Gloves

MINUTES = (15, 20, 25, 30, 45, 60)
VISITS = tuple(range(1, 7))
WEEKS = tuple(range(rules.SHORTEST_MAINTENANCE_DAYS // 7, rules.LONGEST_MAINTENANCE_DAYS // 7 + 1))
WISHES = (
    "days_earlier", "days_later", "room", "preferred_weekdays", "preferred_from", "preferred_until",
)  # fmt: skip


class WishesForm(forms.Form):
    """With whom, where, on which days and when: what suits the patient."""

    physician = forms.ModelChoiceField(
        label=_("Physician"), queryset=physicians(), required=False, empty_label=None
    )
    room = forms.ModelChoiceField(
        label=_("Room"),
        queryset=Room.objects.filter(is_active=True),
        required=False,
        empty_label=_("Any room"),
    )
    preferred_weekdays = forms.TypedMultipleChoiceField(
        label=_("Preferred days"),
        choices=list(WEEKDAYS.items()),
        coerce=int,
        required=False,
    )
    preferred_from = forms.TimeField(label=_("Preferred from"), required=False)
    preferred_until = forms.TimeField(label=_("Preferred until"), required=False)

    use_required_attribute = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        begin, end = cleaned.get("preferred_from"), cleaned.get("preferred_until")
        if isinstance(begin, time) and isinstance(end, time) and end <= begin:
            self.add_error("preferred_until", _("The preferred hours end before they begin."))
        return cleaned


class ToleranceForm(WishesForm):
    """And how far from its day a session may lie."""

    days_earlier = forms.IntegerField(
        label=_("Days earlier"),
        required=False,
        min_value=0,
        max_value=rules.MOST_DAYS_EARLIER,
    )
    days_later = forms.IntegerField(
        label=_("Days later"), required=False, min_value=0, max_value=rules.MOST_DAYS_LATER
    )

    usual_tolerance = (rules.DAYS_EARLIER, rules.DAYS_LATER)

    @property
    def wishes(self) -> PatientWishes:
        """What suits the patient; a tolerance that was left empty is the usual one."""
        typed = {name: self.cleaned_data[name] for name in WISHES}
        for name, usual in zip(("days_earlier", "days_later"), self.usual_tolerance, strict=True):
            typed[name] = usual if typed[name] is None else typed[name]
        return PatientWishes(**typed)


class StepsForm(ToleranceForm):
    """What every plan has: with whom, where, the steps, and what suits the patient."""

    regions = forms.MultipleChoiceField(label=_("Regions"), choices=BodyRegion.choices)
    session_minutes = forms.TypedChoiceField(
        label=_("Minutes per session"),
        choices=[(minutes, minutes) for minutes in MINUTES],
        coerce=int,
    )
    antiseptic = forms.ChoiceField(label=_("Antiseptic"), choices=Antiseptic.choices)
    anaesthetic_cream = forms.ChoiceField(
        label=_("Anaesthetic cream"), choices=AnaestheticCream.choices
    )
    gloves = forms.ChoiceField(label=_("Gloves"), choices=Gloves.choices)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usual = self.initial.get("session_minutes")
        minutes = self.fields["session_minutes"]
        assert isinstance(minutes, forms.TypedChoiceField)
        if usual is not None and usual not in MINUTES:  # the clinic has a length of its own
            minutes.choices = [(each, each) for each in sorted({*MINUTES, usual})]

    @property
    def steps(self) -> dict[str, Any]:
        """What a plan is set with, beside its wishes and physician."""
        apart = (*WISHES, "physician", "weeks", "visits")
        return {name: value for name, value in self.cleaned_data.items() if name not in apart}

    @property
    def has_wishes(self) -> bool:
        """Whether something is typed that is not there by itself: then it is shown at once."""
        return any(self.errors.get(name) for name in WISHES) or any(
            self[name].value() for name in WISHES if not name.startswith("days_")
        )


class PlanForm(StepsForm):
    """A course as the physician sets it. Nothing is chosen for them, except the patient's own last plan."""

    session_count = forms.IntegerField(label=_("Number of sessions"), required=False)
    interval_days = forms.IntegerField(label=_("Days between sessions"), required=False)
    other_count = forms.IntegerField(label=_("Another number"), required=False)
    other_interval = forms.IntegerField(label=_("Other days between sessions"), required=False)
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for fewer than 4 or more than 8 sessions, or more than 14 days."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, other, usual in (
            ("session_count", "other_count", self.usual_counts),
            ("interval_days", "other_interval", self.usual_intervals),
        ):
            wanted = self.initial.get(name)
            if wanted is not None and wanted not in dict(usual):
                self.initial[other] = self.initial.pop(name)

    def clean(self) -> dict[str, Any]:
        """Another number, where one is typed, stands for the button; one that was only left over
        from the patient's last plan does not.
        """
        cleaned = super().clean() or {}
        for name, other in (("session_count", "other_count"), ("interval_days", "other_interval")):
            typed, pressed = cleaned.pop(other, None), cleaned.get(name)
            left_over = pressed is not None and typed == self.initial.get(other)
            if typed is not None and not left_over:
                cleaned[name] = typed
            elif cleaned.get(name) is None and name not in self.errors:
                self.add_error(name, _("Choose one."))
        return cleaned

    @property
    def other_than_usual(self) -> bool:
        return any(self[name].value() for name in ("other_count", "other_interval", "reason"))

    @property
    def usual_counts(self) -> list[tuple[int, int]]:
        return [(n, n) for n in range(rules.FEWEST_SESSIONS, rules.MOST_SESSIONS + 1)]

    @property
    def usual_intervals(self) -> list[tuple[int, Any]]:
        return [
            (rules.SHORTEST_INTERVAL_DAYS, _("7 days")),
            (rules.LONGEST_INTERVAL_DAYS, _("14 days")),
        ]


class MaintenanceForm(StepsForm):
    """Single visits after a course: how many are set now, and how many weeks lie between them."""

    visits = forms.TypedChoiceField(
        label=_("Visits"), choices=[(number, number) for number in VISITS], coerce=int
    )
    weeks = forms.TypedChoiceField(
        label=_("Weeks between visits"), choices=[(number, number) for number in WEEKS], coerce=int
    )

    usual_tolerance = (rules.MAINTENANCE_DAYS_EARLIER, rules.MAINTENANCE_DAYS_LATER)

    @property
    def steps(self) -> dict[str, Any]:
        return super().steps | {
            "session_count": self.cleaned_data["visits"],
            "interval_days": self.cleaned_data["weeks"] * 7,
            "reason": "",
        }


class LengthForm(forms.Form):
    """Another number of sessions for a course that runs, and why."""

    session_count = forms.IntegerField(
        label=_("Number of sessions"), min_value=1, max_value=rules.MOST_MAINTENANCE_VISITS
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    use_required_attribute = False


class RunningWishesForm(ToleranceForm):
    """What suits the patient of a course that runs. The desk changes that alone; with `may_set` the
    physician changes the tolerance too, and says why.
    """

    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    seen = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, typed: Any = None, *, plan: TreatmentPlan, may_set: bool) -> None:
        standing = {name: getattr(plan, name) for name in WISHES} | {
            "physician": plan.physician_id,
            "room": plan.room_id,
            "seen": wishes_version(plan),
        }
        super().__init__(typed, initial=standing)
        self.usual_tolerance = (plan.days_earlier, plan.days_later)
        self._keep_on_offer("physician", StaffMember.objects.all(), plan.physician_id)
        self._keep_on_offer("room", Room.objects.all(), plan.room_id)
        if not may_set:
            for name in ("days_earlier", "days_later", "reason"):
                self.fields[name].disabled = True

    def _keep_on_offer(self, name: str, everyone: QuerySet[Any], standing: UUID | None) -> None:
        """Who left, or a room that is closed, stands until somebody chooses another one."""
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        assert field.queryset is not None
        on_offer = field.queryset.values("pk")
        field.queryset = everyone.filter(Q(pk__in=on_offer) | Q(pk=standing))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
