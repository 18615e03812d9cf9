"""Which role may do what. Pure; the one table that every view and action asks.

The roles and their duties come from the founders' page: the receptionist registers, books and runs
the day; the physician sees the verdict, analyses, composes, plans and signs; the nurse prepares and
records; the manager reads what was done, without clinical text.
"""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from clinic.staff.terms import Ability, Role

A = Ability

ABILITIES: Mapping[Role, AbstractSet[A]] = {
    Role.RECEPTIONIST: {
        A.SEE_TODAY, A.FIND_PATIENTS, A.REGISTER_PATIENTS, A.TAKE_INTAKE, A.BOOK, A.RUN_THE_DAY,
        A.IMPORT_PATIENTS,
        A.TAKE_CONSENTS, A.PRINT_AFTERCARE, A.SEE_MESSAGES, A.CHANGE_OWN_SETTINGS,
    },
    Role.PHYSICIAN: {
        A.SEE_TODAY, A.FIND_PATIENTS, A.REGISTER_PATIENTS, A.TAKE_INTAKE, A.READ_CHART,
        A.ANALYSE_SKIN, A.COMPOSE_COCKTAILS, A.SET_PLANS, A.DECIDE_FINDINGS, A.BOOK, A.RUN_THE_DAY,
        A.TREAT, A.SIGN_SESSIONS, A.PRINT_AFTERCARE, A.SEE_MESSAGES, A.CHANGE_OWN_SETTINGS,
        A.TAKE_CONSENTS, A.WRITE_CONSENT_TEXTS, A.IMPORT_PATIENTS,
        A.READ_RULES, A.CHANGE_RULES, A.OVERBOOK, A.SET_OWN_HOURS,
        A.KEEP_CATALOGUE, A.CHANGE_LIMITS, A.TAKE_PHOTOGRAPHS,
        A.SEE_STOCK, A.KEEP_STOCK, A.RECALL_LOTS, A.TRACE_LOTS, A.READ_OUTCOMES,
    },
    Role.NURSE: {
        A.SEE_TODAY, A.FIND_PATIENTS, A.REGISTER_PATIENTS, A.TAKE_INTAKE, A.READ_CHART,
        A.RUN_THE_DAY, A.TREAT, A.TAKE_CONSENTS, A.PRINT_AFTERCARE, A.CHANGE_OWN_SETTINGS,
        A.READ_RULES, A.KEEP_CATALOGUE, A.SEE_STOCK, A.KEEP_STOCK, A.TRACE_LOTS,
        A.TAKE_PHOTOGRAPHS,
    },
    Role.MANAGER: {
        A.SEE_TODAY, A.FIND_PATIENTS, A.SEE_MESSAGES, A.RELEASE_MESSAGES, A.READ_ACCESS_LOG, A.CHANGE_OWN_SETTINGS,
        A.WRITE_CONSENT_TEXTS, A.SET_HOURS, A.SET_OWN_HOURS,
        A.SEE_STOCK, A.RECALL_LOTS, A.TRACE_LOTS, A.READ_OUTCOMES,
    },
}  # fmt: skip


def may(role: str, ability: A) -> bool:
    """Whether somebody with `role` may do `ability`. A role nobody declared may do nothing."""
    return role in Role.values and ability in ABILITIES[Role(role)]
