"""Contents: what may be done to a course. Each subject has its own file."""

from treatments.plans.booking_courses import book_course, visits_for
from treatments.plans.changing import lock_course, lock_plan, lock_sessions, lock_visit_of
from treatments.plans.ending import mark_session_done, stop_plan
from treatments.plans.holding import hold_for_decision, hold_plan, release_plan, release_slots
from treatments.plans.lengths import change_length
from treatments.plans.marking import mark_waits, screen_for_booking
from treatments.plans.proposals import ProposedSession, propose_course
from treatments.plans.replanning import Move, Moved, replan, undo_moves
from treatments.plans.setting import PatientWishes, set_plan
from treatments.plans.wishes import change_wishes

__all__ = [
    "Move", "Moved", "PatientWishes", "ProposedSession", "book_course", "change_length", "change_wishes", "hold_for_decision", "hold_plan", "lock_course",
    "lock_plan", "lock_sessions", "lock_visit_of", "mark_session_done", "mark_waits",
    "propose_course", "release_plan", "release_slots", "replan", "screen_for_booking", "set_plan",
    "stop_plan", "undo_moves", "visits_for",
]  # fmt: skip
