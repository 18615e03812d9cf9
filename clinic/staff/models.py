"""Who works here."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.folding import fold_address
from clinic.identity import Addressed
from clinic.staff.rules import may
from clinic.staff.terms import Ability, Role


class StaffMemberQuerySet(models.QuerySet["StaffMember"]):
    def physicians(self) -> "StaffMemberQuerySet":
        return self.filter(role=Role.PHYSICIAN, is_active=True)


class StaffMemberManager(BaseUserManager["StaffMember"]):
    def get_queryset(self) -> StaffMemberQuerySet:
        return StaffMemberQuerySet(self.model, using=self._db)

    def physicians(self) -> StaffMemberQuerySet:
        return self.get_queryset().physicians()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "StaffMember":
        member = self.model(email=fold_address(email), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member


class StaffMember(Addressed, AbstractBaseUser):
    """A person who works at the clinic and signs in with an e-mail address."""

    email = models.EmailField(_("E-mail"), unique=True)
    title = models.CharField(_("Title"), max_length=40, blank=True)  # Dr., Uzm. Dr.
    full_name = models.CharField(_("Full name"), max_length=120)
    role = models.CharField(_("Role"), max_length=20, choices=Role.choices)
    language = models.CharField(_("Language"), max_length=5, default="tr")
    certificate_number = models.CharField(_("Certificate number"), max_length=40, blank=True)
    certificate_expires_on = models.DateField(_("Certificate expires on"), null=True, blank=True)
    is_active = models.BooleanField(_("Works here"), default=True)

    objects: ClassVar[StaffMemberManager] = StaffMemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["full_name", "role"]

    class Meta:
        verbose_name = _("staff member")
        verbose_name_plural = _("staff")
        constraints = [
            models.CheckConstraint(
                name="staff_role_is_declared", condition=models.Q(role__in=Role.values)
            )
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def display_name(self) -> str:
        return f"{self.title} {self.full_name}".strip()

    @property
    def role_label(self) -> str:
        return str(Role(self.role).label)

    def may(self, ability: Ability) -> bool:
        return self.is_active and may(self.role, ability)
