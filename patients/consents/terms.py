"""The words of consent: what is asked, what was decided, and how it was written down."""

from datetime import date

from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _


class ConsentKind(models.TextChoices):
    """Five things that are asked one by one, and a sixth where the clinic uses it."""

    PROCEDURE = "procedure", _("The procedure")
    CLINICAL_PHOTOS = "clinical_photos", _("Clinical photographs")
    PUBLICATION = "publication", _("Publication of photographs")
    CARE_MESSAGES = "care_messages", _("Care messages")
    MARKETING = "marketing", _("Marketing messages")
    ABROAD = "abroad", _("Processing abroad")


# Shown and recorded as shown; nobody agrees to it.
PRIVACY_NOTICE = "privacy_notice"
PRIVACY_NOTICE_LABEL = _("Privacy notice")
TEXT_KINDS = [(PRIVACY_NOTICE, PRIVACY_NOTICE_LABEL), *ConsentKind.choices]


class Decision(models.TextChoices):
    GIVEN = "given", _("Given")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class How(models.TextChoices):
    DESK = "desk", _("At the clinic, on the screen")
    LINK = "link", _("By the patient's link")
    PAPER = "paper", _("On paper")


class State(models.TextChoices):
    """Where one consent stands now."""

    NOT_ASKED = "not_asked", _("Not asked yet")
    GIVEN = "given", _("Given")
    TO_RENEW = "to_renew", _("To be renewed: something changed")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


LONGEST_NAME = 120
SHORTEST_REASON = 10

NOT_UNDERSTOOD = _("Choose “I agree” or “I do not agree”.")
SIGNATURE_UNREADABLE = _("The signature could not be read. Please clear it and sign again.")
SIGNATURE_TOO_LARGE = _("The signature is too long. Please clear it and sign again.")
SIGNATURE_MISSING = _("Please sign in the field with a finger, a pen or the mouse.")
NAME_OR_SIGNATURE = _("Please sign in the field. Whoever cannot draw types the full name.")
NAME_DIFFERS = _("The typed name is not the patient's. Type the name as it stands in the file.")
WITNESS_MISSING = _("A typed name needs a witness: somebody of the clinic who confirms it.")
SIGN_AT_THE_CLINIC = _("This consent is signed by hand. Please draw, or sign it at the clinic.")
TEXT_CHANGED = _(
    "The text or the plan has changed since you opened the page. Please read it again."
)
NOTHING_TO_CONSENT_TO = _("No course is planned, so there is nothing to consent to yet.")
NOT_USED_HERE = _("This clinic does not ask for this consent.")
NOTHING_TO_WITHDRAW = _("This consent was not given, so there is nothing to withdraw.")
PAPER_REFERENCE_MISSING = _("Write where the paper is kept: the file or scan number.")
DAY_IN_FUTURE = _("This day is in the future. Please check it.")
DECIDED_SINCE = _(
    "The patient decided about this on %(date)s. A paper of an earlier day does not change that."
)
PLANNED_SINCE = _("The course was set on %(date)s. A paper of an earlier day is not about it.")
WRITTEN_SINCE = _(
    "The text was changed on %(date)s. A paper of an earlier day says something else: "
    "let the patient read and sign the new one."
)
REASON_TOO_SHORT = _("Write the reason in at least %(count)d characters.")
TEXT_TOO_SHORT = _("The text is too short to be a consent text. Please write it out.")
TEXT_TOO_LONG = _("The text is longer than %(count)d characters.")
TITLE_MISSING = _("The first line is the title. Begin it with “# ”.")
SAME_TEXT = _("This is the text that is in force already.")
UNKNOWN_PLACEHOLDER = _("“%(name)s” is not filled in by the software. Known are: %(known)s.")
TEXT_EDITED_MEANWHILE = _("Somebody else wrote a version meanwhile. Look at it and save again.")
NOT_YOURS_TO_WRITE = _("Only a physician or the manager writes a consent text.")

# What a withdrawal does, at once.
EFFECTS = {
    ConsentKind.PROCEDURE: _(
        "From now on no session can be signed until the consent is given again."
    ),
    ConsentKind.CLINICAL_PHOTOS: _(
        "From now on no photographs may be taken. Those in the record stay in it."
    ),
    ConsentKind.PUBLICATION: _(
        "From now on nothing may be published. What the clinic has published is to be removed."
    ),
    ConsentKind.CARE_MESSAGES: _(
        "From now on no care messages are sent. Appointments and sheets are given on paper."
    ),
    ConsentKind.MARKETING: _("From now on no marketing messages may be sent."),
    ConsentKind.ABROAD: _(
        "From now on nothing may be sent abroad. The deletion of what was sent is to be asked for."
    ),
}


def day_in_words(on: date) -> str:
    return date_format(on, "SHORT_DATE_FORMAT")
