"""What a large demo is made of: the pattern that the real actions left, and the rows of one batch."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from clinic.messages.models import Message
from clinic.transactions import long_transaction
from cocktails.composition.models import Cocktail
from patients.consents.models import ConsentDecision
from patients.intake.models import Answer
from patients.records.models import Patient
from treatments.aftercare.models import AftercareSheet
from treatments.analysis.models import SkinAnalysis
from treatments.booking.models import Appointment
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.sessions.models import SessionDraw, SignedSession


@dataclass(frozen=True)
class Pattern:
    """A signed session of the small demo with its sheet and intake."""

    record: dict[str, Any]
    draws: list[SessionDraw]
    sheet: dict[str, Any]
    ended_at: datetime
    plan: TreatmentPlan
    answers: list[Answer]
    consents: list[ConsentDecision]


@dataclass
class Rows:
    """What one batch inserts, in the order of its foreign keys."""

    patients: list[Patient] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    consents: list[ConsentDecision] = field(default_factory=list)
    analyses: list[SkinAnalysis] = field(default_factory=list)
    cocktails: list[Cocktail] = field(default_factory=list)
    plans: list[TreatmentPlan] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    sessions: list[PlannedSession] = field(default_factory=list)
    signed: list[SignedSession] = field(default_factory=list)
    draws: list[SessionDraw] = field(default_factory=list)
    sheets: list[AftercareSheet] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def insert(self) -> None:
        # In time order, as everywhere: the exclusion constraints are checked row by row.
        self.appointments.sort(key=lambda appointment: appointment.starts_at)
        with long_transaction():
            for rows in vars(self).values():
                if rows:
                    model: type[models.Model] = type(rows[0])
                    model._default_manager.bulk_create(rows, batch_size=2000)
