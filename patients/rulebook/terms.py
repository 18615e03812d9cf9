"""The words of the rulebook: how long a reason is, what a clinic may change, each "no"."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

# Shorter says nothing to the colleague who reads it next year; an override asks for as much.
SHORTEST_REASON = 20
LONGEST_REASON = 2000

# Under which the rules in force are remembered during one stretch of work (clinic.once).
RULES = "rules in force"

CLOT_SIGNS = "R-CLOT-SIGNS"
# What the founders ruled for every clinic (rulings 1, 6, 7): these may become stricter or better
# worded, never milder, and cannot be switched off.
BINDING = frozenset({CLOT_SIGNS, "R-MESO-INTERVAL", "R-MINOR", "R-SUSPECT-LESION"})

SHORTEST_HOLD_DAYS, LONGEST_HOLD_DAYS = 1, 365
LONGEST_GAP_DAYS = 730

# Worked cases are 30 to 60; open courses may be thousands, and a page is waited for.
MOST_COURSES_TRIED = 300
# So many patients are screened again at once while the physician waits; the rest follows.
SCREENED_AT_ONCE = 15
SCREENED_PER_RING = 500


class Part(StrEnum):
    """What of the clinical data a change is about."""

    RULES = "rules"
    QUESTIONS = "questions"
    DURATIONS = "durations"
    NOTICE = "notice"
    SHIPPED = "shipped"


ONLY_PHYSICIANS = _("Only a physician decides about the rules of the clinic.")
CERTIFICATE_NEEDED = _(
    "Your certificate is missing or expired. The rules cannot be changed with it."
)
REASON_TOO_SHORT = _("Write the reason in at least %(count)d characters.")
CHANGED_MEANWHILE = _(
    "%(who)s put version %(version)s in force meanwhile (%(at)s): “%(why)s” "
    "What you typed is still here. Read it again and try it anew."
)
NOT_TRIED = _("What you typed has changed since it was tried. Try it again first.")
NOTHING_CHANGED = _("Nothing is different from the rules in force.")
BINDING_RULE = _(
    "This rule holds for every clinic. It may become stricter or better worded, never milder, "
    "and it cannot be switched off."
)
UNUSABLE = _("With this change the rules cannot be used: %(why)s")
ALREADY_APPROVED = _("You have approved this version already.")
NO_UPDATE = _("The clinic follows the newest shipped version already.")
