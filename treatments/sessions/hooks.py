"""What a session tells those who come after it. Listeners run in the transaction of the signature."""

from datetime import datetime

from clinic.hooks import Hook
from clinic.staff.models import StaffMember
from treatments.sessions.models import SessionAmendment, SignedSession

session_signed: Hook[[SignedSession, StaffMember, datetime], None] = Hook("session signed")
session_amended: Hook[[SessionAmendment, StaffMember, datetime], None] = Hook("session amended")
