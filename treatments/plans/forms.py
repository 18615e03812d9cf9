"""What the physician sets and the desk picks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.hours.models import Room
from clinic.hours.queries import local_date, opening_times, rooms
from treatments.analysis.terms import BodyRegion
from treatments.booking.forms import CalendarDayField, OfferField
from treatments.booking.models import Appointment
from treatments.booking.queries import Offer
from treatments.booking.rules import STEP
from treatments.plans import rules
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.plans.proposals import ProposedSession
from treatments.plans.terms import AnaestheticCream, Antiseptic, Gloves
from treatments.plans.waits import Move, Ripple

MINUTES = (15, 20, 25, 30, 45, 60)


class PlanForm(forms.Form):
    """A course as the physician sets it. Nothing is chosen for them, except the patient's own last plan."""

    regions = forms.MultipleChoiceField(label=_("Regions"), choices=BodyRegion.choices)
    session_count = forms.IntegerField(label=_("Number of sessions"), required=False)
    interval_days = forms.IntegerField(label=_("Days between sessions"), required=False)
    other_count = forms.IntegerField(label=_("Another number"), required=False)
    other_interval = forms.IntegerField(label=_("Other days between sessions"), required=False)
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
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed for fewer than 4 or more than 8 sessions, or more than 14 days."),
    )

    use_required_attribute = False

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


class CourseForm(forms.Form):
    """What the desk wishes for: the first day, a time of day, a room."""

    first_on = CalendarDayField(label=_("First session from"))
    preferred = forms.TypedChoiceField(
        label=_("Preferred time"), coerce=time.fromisoformat, empty_value=None
    )
    room = forms.ModelChoiceField(
        label=_("Room"), queryset=Room.objects.filter(is_active=True), required=False
    )

    use_required_attribute = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        preferred = self.fields["preferred"]
        room = self.fields["room"]
        assert isinstance(preferred, forms.TypedChoiceField)
        assert isinstance(room, forms.ModelChoiceField)
        preferred.choices = [(clock, clock) for clock in times_of_day()]
        room.empty_label = str(_("Any room"))
        self.fields["first_on"].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    @property
    def wish(self) -> dict[str, Any]:
        return self.cleaned_data


class PickForm(forms.Form):
    """The times that were picked, by number of session, and the key of the request."""

    key = forms.UUIDField()

    def __init__(self, posted: Mapping[str, Any], *, plan: TreatmentPlan) -> None:
        super().__init__(posted)
        all_rooms = rooms()
        names = [slot_name(number) for number in range(1, plan.session_count + 1)]
        self.slots = [name for name in names if name in posted]
        for name in self.slots:
            self.fields[name] = OfferField(minutes=plan.session_minutes, rooms=all_rooms)

    @property
    def offers(self) -> list[Offer]:
        return [self.cleaned_data[name] for name in self.slots]

    @property
    def key_again(self) -> UUID:
        """The key of this request for the page that is shown again, or a new one."""
        return self.cleaned_data.get("key") or uuid4()


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


@dataclass(frozen=True, slots=True)
class Choice:
    """One radio button of a proposed session."""

    value: str
    offer: Offer
    picked: bool
    other_day: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One proposed session on the page."""

    session: ProposedSession
    name: str
    choices: list[Choice]
    errors: Sequence[str] = ()

    @property
    def is_open(self) -> bool:
        """Whether the other times are shown at once: something stands against the wish."""
        return bool(self.session.conflicts or self.errors)

    @property
    def picked(self) -> Offer:
        return next(choice.offer for choice in self.choices if choice.picked)


def rows(
    proposed: Sequence[ProposedSession], *, posted: Mapping[str, Any] | None = None
) -> list[Row]:
    """The proposals as radio buttons; what was picked before stays picked while it is still free."""
    return [_row(session, (posted or {}).get(slot_name(session.number))) for session in proposed]


def _row(session: ProposedSession, before: Any) -> Row:
    values = [value_of(offer) for offer in session.options]
    picked = before if before in values else values[0]
    return Row(
        session=session,
        name=slot_name(session.number),
        choices=[
            Choice(
                value,
                offer,
                picked=value == picked,
                other_day=local_date(offer.span.starts_at) != session.on,
            )
            for value, offer in zip(values, session.options, strict=True)
        ],
    )


@dataclass(frozen=True, slots=True)
class RippleRow:
    """One session ahead on the page that moves several at once."""

    ripple: Ripple
    choices: list[tuple[str, Offer, bool]]

    @property
    def session(self) -> PlannedSession:
        return self.ripple.session

    @property
    def visit(self) -> Appointment:
        return self.ripple.visit

    @property
    def stays(self) -> bool:
        return self.ripple.stays

    @property
    def is_marked(self) -> bool:
        return self.ripple.is_marked


def ripple_rows(
    ripples: Sequence[Ripple], *, posted: Mapping[str, Any] | None = None
) -> list[RippleRow]:
    """The proposals as lists; what was picked before stays picked while it is still free."""
    rows = []
    for ripple in ripples:
        values = [value_of(offer) for offer in ripple.options]
        before = (posted or {}).get(slot_name(ripple.session.number))
        picked = before if before in values else next(iter(values), "")
        rows.append(
            RippleRow(
                ripple,
                [
                    (value, offer, value == picked)
                    for value, offer in zip(values, ripple.options, strict=True)
                ],
            )
        )
    return rows


class MovesForm(forms.Form):
    """The new times that were confirmed, by number of session, each with the version that was seen."""

    def __init__(self, posted: Mapping[str, Any], *, sessions: Sequence[PlannedSession]) -> None:
        super().__init__(posted)
        all_rooms = rooms()
        self.moving = [each for each in sessions if slot_name(each.number) in posted]
        for session in self.moving:
            visit = session.appointment
            assert visit is not None  # only booked sessions are moved
            minutes = int((visit.ends_at - visit.starts_at).total_seconds() // 60)
            self.fields[slot_name(session.number)] = OfferField(minutes=minutes, rooms=all_rooms)
            self.fields[f"version-{session.number}"] = forms.IntegerField(min_value=1)

    @property
    def moves(self) -> list[Move]:
        return [
            Move(
                session_id=session.pk,
                seen_version=self.cleaned_data[f"version-{session.number}"],
                starts_at=self.cleaned_data[slot_name(session.number)].span.starts_at,
                room=self.cleaned_data[slot_name(session.number)].room,
            )
            for session in self.moving
        ]


def slot_name(number: int) -> str:
    return f"slot-{number}"


def value_of(offer: Offer) -> str:
    return f"{offer.span.starts_at.isoformat()}|{offer.room.pk}"


def times_of_day() -> list[str]:
    """Every step of the grid at which the clinic is open on some day of the week."""
    openings = opening_times()
    midnight = datetime.combine(date(2026, 1, 1), time())
    steps = (midnight + STEP * number for number in range(timedelta(days=1) // STEP))
    return [
        f"{step:%H:%M}"
        for step in steps
        if any(opens <= step.time() < closes for opens, closes in openings)
    ]


def time_on_offer(wished: time) -> str:
    """The nearest time on offer at or before `wished`, or else the first one."""
    offered = times_of_day()
    before = [clock for clock in offered if clock <= f"{wished:%H:%M}"]
    return (before or offered[::-1] or [""])[-1]
