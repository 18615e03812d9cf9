"""What is done for the skin beside the sessions of the course."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.identity import Addressed
from treatments.combined.terms import ProcedureState, Product


class CombinedProcedure(Addressed):
    """A laser, a peel or professional skin care, planned or done here.

    Once it is done it also stands on the patient's list of skin treatments, which screening reads.
    """

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="combined_procedures"
    )
    kind = models.CharField(_("Treatment"), max_length=30)  # of the screening vocabulary
    regions = models.JSONField(_("Where"), default=list)  # [] = anywhere
    details = models.CharField(_("Device, settings or strength"), max_length=200, blank=True)
    state = models.CharField(
        max_length=10, choices=ProcedureState.choices, default=ProcedureState.PLANNED
    )
    on = models.DateField(_("Day"))  # planned for, then done on
    listed = models.OneToOneField(
        "patients.ListedProcedure", on_delete=models.PROTECT, null=True, related_name="+"
    )
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["-on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="combined_procedure_state_is_known",
                condition=Q(state__in=ProcedureState.values),
            ),
            models.CheckConstraint(
                name="done_procedure_is_on_the_list",
                condition=~Q(state=ProcedureState.DONE) | Q(listed__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["patient", "on"], name="combined_patient")]

    def __str__(self) -> str:
        return self.kind


class HomeProduct(Addressed):
    """What the patient uses at home on the physician's advice, and when it pauses for a session."""

    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, related_name="home_products"
    )
    product = models.CharField(_("Product"), max_length=20, choices=Product.choices)
    name = models.CharField(_("Name or strength"), max_length=120, blank=True)
    use = models.CharField(_("How it is used"), max_length=200)
    starts_on = models.DateField(_("From"))
    stopped_on = models.DateField(null=True)
    # After a session it is started again so many days later; 0: it does not pause.
    pause_days = models.PositiveSmallIntegerField(_("Days of pause after a session"), default=0)
    set_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_on", "pk"]
        constraints = [
            models.CheckConstraint(
                name="home_product_is_known", condition=Q(product__in=Product.values)
            ),
            models.CheckConstraint(
                name="another_product_has_a_name",
                condition=~Q(product=Product.OTHER) | ~Q(name=""),
            ),
        ]

    def __str__(self) -> str:
        return self.words

    @property
    def words(self) -> str:
        """ "Retinol 0.3 %", or the name alone of a product that is none of the known ones."""
        label = "" if self.product == Product.OTHER else str(Product(self.product).label)
        return f"{label} {self.name}".strip()
