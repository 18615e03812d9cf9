"""When and where the clinic works: rooms, weekly hours, closed days."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed


class Room(Addressed):
    name = models.CharField(_("Name"), max_length=60, unique=True)
    is_active = models.BooleanField(_("In use"), default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """One span of one weekday (Monday is 0), in clinic time."""

    weekday = models.PositiveSmallIntegerField(_("Weekday"))
    opens = models.TimeField(_("Opens"))
    closes = models.TimeField(_("Closes"))

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                name="opens_before_it_closes", condition=models.Q(opens__lt=models.F("closes"))
            ),
            models.CheckConstraint(name="weekday_is_0_to_6", condition=models.Q(weekday__lte=6)),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class ClosedDay(models.Model):
    on = models.DateField(_("Date"), unique=True)
    why = models.CharField(_("Why"), max_length=80)

    class Meta:
        ordering = ["on"]

    def __str__(self) -> str:
        return f"{self.on} {self.why}"
