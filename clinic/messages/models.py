"""The ledger of messages owed. A row is the message; a task only rings."""

from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed
from clinic.messages.rules import LEASE, OPEN
from clinic.messages.terms import FOR_THE_DESK, Channel, Delivery, MessageState


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self, now: datetime) -> "MessageQuerySet":
        return self.filter(state=MessageState.PENDING, due_at__lte=now, held_at__isnull=True)

    def abandoned(self, now: datetime) -> "MessageQuerySet":
        """Held by a worker that must have died."""
        return self.filter(
            state__in=[MessageState.CLAIMED, MessageState.TRANSMITTING], claimed_at__lt=now - LEASE
        )

    def still_open(self) -> "MessageQuerySet":
        return self.filter(state__in=OPEN)

    def needing_the_desk(self) -> "MessageQuerySet":
        return self.filter(
            state__in=FOR_THE_DESK,
            settled_at__isnull=True,
        )


class Message(Addressed):
    """One message to one patient about one event. Its words are made when it is sent."""

    patient_id = models.UUIDField()
    kind = models.CharField(max_length=40)  # "session_reminder"
    event_key = models.CharField(max_length=80)  # what it is about; a moved session has a new key
    about_id = models.UUIDField()  # the record the words are made from
    channel = models.CharField(max_length=10, choices=Channel.choices)
    due_at = models.DateTimeField(_("Due"))
    not_after = models.DateTimeField(_("Useless after"))
    # Until when somebody must telephone if it could not be sent; none: nobody must.
    call_until = models.DateTimeField(null=True)
    state = models.CharField(
        max_length=14, choices=MessageState.choices, default=MessageState.PENDING
    )
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # when the desk took it off its list
    # Since when it waits for a manager: it came out of a restored backup.
    held_at = models.DateTimeField(null=True)
    delivery = models.CharField(
        max_length=12, choices=Delivery.choices, default=Delivery.NOT_TOLD, blank=True
    )
    delivery_at = models.DateTimeField(null=True)  # when the gateway told it
    sent_to = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=200, blank=True)  # why it failed, expired or was cancelled
    recorded_at = models.DateTimeField()

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient_id", "kind", "event_key"], name="one_message_per_event"
            ),
            models.CheckConstraint(
                name="message_state_is_known", condition=Q(state__in=MessageState.values)
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="message_due", condition=Q(state=MessageState.PENDING)
            ),
            models.Index(fields=["patient_id", "-due_at"], name="message_patient"),
            models.Index(fields=["about_id"], name="message_about"),
            models.Index(fields=["kind"], name="message_held", condition=Q(held_at__isnull=False)),
            # The page of the desk: the latest first, what is neither sent nor waiting, and the calls.
            models.Index(fields=["-due_at", "id"], name="message_latest"),
            models.Index(
                fields=["state", "-due_at", "id"],
                name="message_rare_state",
                condition=~Q(state__in=[MessageState.PENDING, MessageState.SENT]),
            ),
            models.Index(
                fields=["not_after", "id"],
                name="message_for_the_desk",
                condition=Q(state__in=FOR_THE_DESK, settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_key} {self.state}"

    @property
    def said_at(self) -> datetime:
        """When the patient heard of it: by mail, or by the desk's call."""
        if self.state in {MessageState.FAILED, MessageState.TO_CALL}:
            return self.settled_at or self.due_at
        return self.claimed_at or self.finished_at or self.due_at


class Reply(Addressed):
    """What somebody answered to a short message. Whose number it is, is looked up when it is read."""

    channel = models.CharField(max_length=10, choices=Channel.choices)
    gateway_id = models.CharField(max_length=120)  # the gateway's name of the answer
    number = models.CharField(max_length=20)
    text = models.TextField()
    received_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)  # when the desk took it off its list

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "gateway_id"], name="one_reply_once")
        ]
        indexes = [
            models.Index(
                fields=["received_at", "id"],
                name="reply_waiting",
                condition=Q(settled_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.gateway_id}"


class ChannelPace(models.Model):
    """When the latest messages of a channel left: what all workers together obey."""

    channel = models.CharField(primary_key=True, max_length=10, choices=Channel.choices)
    left_at = ArrayField(models.DateTimeField(), default=list)  # the earliest first

    def __str__(self) -> str:
        return f"{self.channel} {len(self.left_at)}"


class LedgerMark(models.Model):
    """How far this ledger has come; the same stands in the data folder, outside of any backup."""

    installation = models.UUIDField()
    step = models.PositiveBigIntegerField(default=0)
    moved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.installation} {self.step}"
