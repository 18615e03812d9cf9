"""Writing down that a lot was traced."""

from datetime import datetime

from clinic.audit.actions import record
from clinic.staff.models import StaffMember
from treatments.tracing.queries import Trace


def note_trace(trace: Trace, *, by: StaffMember, now: datetime) -> None:
    """Who looked from a lot to its patients, and how many there were."""
    subject = trace.on_shelf.lot if trace.on_shelf else trace.product
    record(
        verb="lot.traced",
        subject=subject,
        by=by,
        now=now,
        patients=len(trace.reached),
        sessions=trace.session_count,
    )
