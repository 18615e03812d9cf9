"""Contents: the tables of treatments."""

from treatments.aftercare.models import AftercareSheet
from treatments.analysis.models import AnalysedSpot, InstrumentReading, SkinAnalysis
from treatments.booking.models import Appointment, BookingRequest, KindLength, SlotHold
from treatments.combined.models import CombinedProcedure, HomeProduct
from treatments.measuring.models import ColourMeasurement, MeasuredPlace
from treatments.outcomes.models import CourseReview, ReviewPoint
from treatments.patient_side.models import (
    CalendarFeed,
    Knock,
    MoveWish,
    VisitLink,
    VisitorRequest,
)
from treatments.photographs.models import AnchorPoints, Photograph, PhotographWithdrawal
from treatments.plans.models import LengthChange, PlannedSession, TreatmentPlan
from treatments.reminders.models import KindChoice, ToldTime
from treatments.sessions.models import (
    SessionAmendment,
    SessionDraft,
    SessionDraw,
    SignedSession,
)
from treatments.tracing.models import AdverseEvent, EventFollowUp, LateAnswer
from treatments.waitlist.models import SlotOffer, WaitlistEntry

__all__ = [
    "AdverseEvent", "AftercareSheet", "AnalysedSpot", "AnchorPoints", "Appointment", "BookingRequest", "CalendarFeed",
    "ColourMeasurement", "CombinedProcedure", "CourseReview", "EventFollowUp", "HomeProduct", "InstrumentReading", "KindChoice",
    "KindLength", "Knock", "LateAnswer", "LengthChange", "MeasuredPlace", "MoveWish", "Photograph", "PhotographWithdrawal", "PlannedSession", "ReviewPoint", "SessionAmendment", "SessionDraft", "SessionDraw",
    "SignedSession", "SkinAnalysis", "SlotHold", "SlotOffer", "ToldTime", "TreatmentPlan", "VisitLink",
    "VisitorRequest", "WaitlistEntry",
]  # fmt: skip
