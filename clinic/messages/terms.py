"""The words of the message ledger."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class MessageState(models.TextChoices):
    PENDING = "pending", _("Waiting")
    CLAIMED = "claimed", _("Being prepared")
    TRANSMITTING = "transmitting", _("Being sent")
    SENT = "sent", _("Sent")
    UNCERTAIN = "uncertain", _("Uncertain")
    FAILED = "failed", _("Failed")
    EXPIRED = "expired", _("Too late to send")
    CANCELLED = "cancelled", _("Cancelled")
    TO_CALL = "to_call", _("Please call")


# Somebody must telephone, or at least know.
FOR_THE_DESK = (MessageState.FAILED, MessageState.UNCERTAIN, MessageState.TO_CALL)


class Channel(models.TextChoices):
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")


# Why a message did not go, as it stands in the row; the desk reads it in its own language.
EXPIRED = gettext_noop("its time had passed")
NO_HOUR_LEFT = gettext_noop("no hour was left in which it may go out")
NOT_COMPOSED = gettext_noop("its text could not be made")
NOT_AN_EMAIL = gettext_noop("it could not be written as an e-mail")
WORKER_ENDED_EACH_TIME = gettext_noop("the program ended each time it was its turn")
WORKER_ENDED_WHILE_SENDING = gettext_noop("the program ended while it was sent")
BAD_CERTIFICATE = gettext_noop("the certificate of the mail server is not valid")
NO_CONNECTION = gettext_noop("the mail server could not be reached")
LINE_BROKE = gettext_noop("the line to the mail server broke")
TOLD_OTHERWISE = gettext_noop("a later message took its place")
