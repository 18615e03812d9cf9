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
    SMS = "sms", _("SMS")
    WHATSAPP = "whatsapp", _("WhatsApp")
    PHONE = "phone", _("Telephone")


class Delivery(models.TextChoices):
    """What the gateway told afterwards of a message that it had accepted."""

    NOT_TOLD = "", _("not told")
    DELIVERED = "delivered", _("delivered")
    UNDELIVERED = "undelivered", _("not delivered")


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
GATEWAY_BAD_CERTIFICATE = gettext_noop("the certificate of the gateway is not valid")
GATEWAY_NOT_REACHED = gettext_noop("the gateway could not be reached")
GATEWAY_BROKE = gettext_noop("the line to the gateway broke after the message was handed over")
GATEWAY_UNCLEAR = gettext_noop("what the gateway answered does not say whether it took the message")
GATEWAY_REFUSED = gettext_noop("the gateway refused the message")
GATEWAY_LOCKED = gettext_noop("the gateway does not let the clinic in")
NO_TEMPLATE = gettext_noop("no template is set for messages of this kind")
NOT_DELIVERED = gettext_noop("the gateway reported that it was not delivered")
FROM_A_BACKUP = gettext_noop("it stood in a backup and may have gone out before")
DROPPED_AFTER_BACKUP = gettext_noop("dropped after a backup was restored")
TOLD_OTHERWISE = gettext_noop("a later message took its place")
