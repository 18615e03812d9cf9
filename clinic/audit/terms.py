"""The words of the access log: the pages of a patient's record, and what can be changed in it.

Stored are codes ("sessions:record", "plan.held"), so that an old row can be read in any language.
A page or a change without words here is shown by its code; a test names it.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Word = str | Promise

PAGES: Mapping[str, Word] = {
    "chart": _("Overview"),
    "messages:patient": _("Messages"),
    "patients:edit": _("Personal details"),
    "patients:intake": _("Intake"),
    "patients:intake-section": _("Intake, one page"),
    "patients:recognise": _("Intake, looking up a name"),
    "patients:verdict": _("Verdict"),
    "patients:decide": _("Decision about a finding"),
    "composition:list": _("Cocktails"),
    "composition:new": _("New cocktail"),
    "composition:compute": _("New cocktail, computing"),
    "composition:show": _("Cocktail"),
    "plans:list-of": _("Courses"),
    "plans:set": _("Set a course"),
    "plans:show": _("Course"),
    "plans:book": _("Book the course"),
    "plans:hold": _("Holding the course"),
    "plans:stop": _("Stopping the course"),
    "plans:release": _("Letting the course go on"),
    "analysis:list": _("Skin analyses"),
    "analysis:new": _("New skin analysis"),
    "analysis:show": _("Skin analysis"),
    "sessions:list": _("Sessions"),
    "sessions:record": _("Session record"),
    "sessions:rescreen": _("Re-screen of the day"),
    "sessions:sign": _("Signature"),
    "sessions:amend": _("Amendment"),
    "aftercare:print": _("Aftercare sheet"),
    "reminders:change-link": _("Link of the aftercare sheet"),
}

CHANGES: Mapping[str, Word] = {
    "patient.registered": _("Patient registered"),
    "patient.changed": _("Personal details changed"),
    "patient.screened": _("Patient screened"),
    "intake.answered": _("Questions answered"),
    "medications.listed": _("Medicine added to the list"),
    "medications.removed": _("Medicine removed from the list"),
    "allergies.listed": _("Allergy added to the list"),
    "allergies.removed": _("Allergy removed from the list"),
    "procedures.listed": _("Skin treatment added to the list"),
    "procedures.removed": _("Skin treatment removed from the list"),
    "finding.decided": _("Finding decided"),
    "analysis.recorded": _("Skin analysis recorded"),
    "cocktail.composed": _("Cocktail composed"),
    "plan.set": _("Course set"),
    "plan.booked": _("Sessions of the course booked"),
    "plan.held": _("Course put on hold"),
    "plan.released": _("Course goes on"),
    "plan.stopped": _("Course stopped"),
    "plan.completed": _("Course completed"),
    "appointment.booked": _("Appointment booked"),
    "appointment.moved": _("Appointment moved"),
    "appointment.cancelled": _("Appointment cancelled"),
    "appointment.state": _("State of the appointment changed"),
    "session.started": _("Session record begun"),
    "session.draft_saved": _("Session record saved"),
    "session.rescreened": _("Re-screen of the day answered"),
    "session.done": _("Session done"),
    "session.signed": _("Session signed"),
    "session.amended": _("Amendment added"),
    "aftercare.issued": _("Aftercare sheet made"),
    "link.issued": _("Link made for the patient"),
    "link.opened": _("Link opened by the patient"),
    "link.locked": _("Link locked after too many tries"),
    "link.revoked": _("Link revoked"),
    "link.ended": _("Link ended by the clinic"),
    "message.settled": _("Message settled"),
}

# Who acted when nobody did: a link in a patient's hand, a command.
SYSTEMS: Mapping[str, Word] = {"patient link": _("by a patient's link")}
