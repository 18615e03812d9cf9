"""Contents: the tables about patients."""

from patients.clinic_names.models import NameChange
from patients.consents.models import ConsentDecision, ConsentEdition, NoticeShown, ShownText
from patients.importing.models import ImportedFact, ImportedIdentity, PatientImport
from patients.intake.models import Answer, ListedAllergy, ListedMedication, ListedProcedure
from patients.lesions.models import LesionReferral, LesionReport, LesionResult
from patients.links.models import PatientLink
from patients.phone_intake.models import (
    DraftAnswer,
    DraftEntry,
    PhoneIntake,
    PhoneReview,
    PhoneSubmission,
)
from patients.records.models import Patient
from patients.rulebook.models import OwedScreening, RulesApproval, RulesEdition
from patients.screening.models import FindingDecision, Screening
from patients.worklist.models import StaffTask

__all__ = [
    "Answer",
    "ConsentDecision",
    "ConsentEdition",
    "DraftAnswer",
    "DraftEntry",
    "FindingDecision",
    "ImportedFact",
    "ImportedIdentity",
    "LesionReferral",
    "LesionReport",
    "LesionResult",
    "ListedAllergy",
    "ListedMedication",
    "ListedProcedure",
    "NameChange",
    "NoticeShown",
    "OwedScreening",
    "Patient",
    "PatientImport",
    "PatientLink",
    "PhoneIntake",
    "PhoneReview",
    "PhoneSubmission",
    "RulesApproval",
    "RulesEdition",
    "Screening",
    "ShownText",
    "StaffTask",
]
