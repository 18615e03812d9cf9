"""The words of screening: what a finding weighs, what it concerns, what the visit comes to."""

from enum import StrEnum


class Verdict(StrEnum):
    CLEAR = "clear"
    CAUTION = "caution"
    HOLD = "hold"
    REFUSE = "refuse"

    @property
    def rank(self) -> int:
        """How far from clear: a further finding can only raise it."""
        return _VERDICTS.index(self)


class Severity(StrEnum):
    CAUTION = "caution"
    RELATIVE = "relative"
    TEMPORARY = "temporary"
    ABSOLUTE = "absolute"

    @property
    def rank(self) -> int:
        return _SEVERITIES.index(self)


class Scope(StrEnum):
    PROCEDURE = "procedure"
    AREA = "area"
    INGREDIENT = "ingredient"
    STEP = "step"


class Override(StrEnum):
    """What the physician may do about a finding of one severity."""

    NONE = "none"
    REASON = "reason"
    TICK = "tick"


class Status(StrEnum):
    """Whether a medicine is taken."""

    CURRENT = "current"
    AS_NEEDED = "as_needed"
    STOPPED = "stopped"


class Asked(StrEnum):
    INTAKE = "intake"
    EACH_SESSION = "each_session"
    BOTH = "both"


class Kind(StrEnum):
    YES_NO = "yes_no"
    CHOICE = "choice"
    NUMBER = "number"
    DATE = "date"
    LIST = "list"


_VERDICTS = tuple(Verdict)
_SEVERITIES = tuple(Severity)

# Answers of the intake hold so long as shipped (ruling 5); the clinic may change it.
ANSWERS_HOLD_DAYS = 180

YES = "yes"
NO = "no"
UNKNOWN = "unknown"
ELSEWHERE = "elsewhere"

# Answered by the signed procedure consent (patients.consents), never by hand.
CONSENT_SIGNED = "consent_signed"
# The illnesses in the patient's own words: a list beside the answers, asked like a question.
CONDITIONS = "conditions"
NOT_STATED = "X"
REGIONS = "regions"

STEPS = ("antiseptic", "anaesthetic_cream", "gloves")
# Nobody said which gloves: the kind that can do harm is assumed.
WORST_GLOVES = "latex"

LIDOCAINE = "lidocaine"
OTHER_DRUG = "other_drug"
SULFITE = "sulfite"
DRUG = "drug"
OTHER = "other"
ANAPHYLAXIS = "anaphylaxis"
