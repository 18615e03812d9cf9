"""The words of what was traced and of what went wrong after a session.

The codes of adverse events are those of docs/rules/tracing.md, which names their source.
"""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class EventCode(TextChoices):
    ERYTHEMA = "erythema", _("Redness, stinging or swelling beyond 24 hours")
    BRUISE = "bruise", _("Bruise")
    PAPULES = "papules", _("Papules or blebs that stay")
    PAIN = "pain", _("Pain at the injection")
    VASOVAGAL = "vasovagal", _("Fainting")
    URTICARIA = "urticaria", _("Hives or local allergy")
    ANAPHYLAXIS = "anaphylaxis", _("Anaphylaxis")
    LIDOCAINE_TOXICITY = "lidocaine_toxicity", _("Lidocaine toxicity")
    HYPERPIGMENTATION = "hyperpigmentation", _("Darker points (post-inflammatory)")
    BACTERIAL_INFECTION = "bacterial_infection", _("Bacterial infection")
    MYCOBACTERIA = "mycobacteria", _("Non-tuberculous mycobacteria, suspected or proven")
    NODULE = "nodule", _("Lump, nodule or granuloma")
    DERMATITIS = "dermatitis", _("Perifolliculitis, psoriasis-like or lichenoid")
    HYPOPIGMENTATION = "hypopigmentation", _("Lighter points")
    NECROSIS = "necrosis", _("Blanching or necrosis of the skin")
    HERPES = "herpes", _("Herpes")
    OTHER = "other", _("Other")


class EventSeverity(TextChoices):
    MILD = "mild", _("Mild")
    MODERATE = "moderate", _("Moderate")
    SERIOUS = "serious", _("Serious")


class Outcome(TextChoices):
    OPEN = "open", _("Not over yet")
    RESOLVED = "resolved", _("Over, without traces")
    SEQUELAE = "sequelae", _("Over, with traces")
    REFERRED = "referred", _("Referred")
    UNKNOWN = "unknown", _("Not known")


class HowItIs(TextChoices):
    WELL = "well", _("Yes, all is well")
    NOT_WELL = "not_well", _("No, something is not as it should be")


# So many events on one lot are a cluster.
CLUSTER_OF = 2
SHORTEST_NOTE = 10

NOTE_NEEDED = _("Write what was seen, in at least %(least)s characters.")
BEFORE_SESSION = _("It began before the session of %(date)s.")
BEFORE_ONSET = _("This is before it began, on %(date)s.")
IN_THE_FUTURE = _("The day is in the future.")
NOT_ALLOWED = _("Your role may not write down adverse events.")
ONLY_PHYSICIANS_LOOK = _("Only a physician says that the lots were looked at.")
SAY_HOW_IT_IS = _("Choose one of the two answers.")
ONLY_PHYSICIANS_READ = _("Only a physician says that the answers were read.")
CLUSTER = _("%(count)s adverse events after sessions with this lot. Look at them together.")
