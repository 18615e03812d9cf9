"""Contents: the tables of treatments."""

from treatments.aftercare.models import AftercareSheet
from treatments.analysis.models import AnalysedSpot, SkinAnalysis
from treatments.booking.models import Appointment, BookingRequest, KindLength, SlotHold
from treatments.plans.models import PlannedSession, TreatmentPlan
from treatments.sessions.models import SessionAmendment, SessionDraft, SignedSession

__all__ = [
    "AftercareSheet", "AnalysedSpot", "Appointment", "BookingRequest", "KindLength",
    "PlannedSession", "SessionAmendment", "SessionDraft", "SignedSession", "SkinAnalysis", "SlotHold",
    "TreatmentPlan",
]  # fmt: skip
