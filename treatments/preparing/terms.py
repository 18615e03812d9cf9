"""The words of preparing a mixture, and how long it may stand."""

from django.utils.translation import gettext_lazy as _

# Mixed without preservative: used within the hour. A convention of the clinical facts [C], for the
# clinic's physician to approve; docs/rules/stock.md.
MINUTES_TO_USE = 60

NOTHING_TO_PREPARE = _("The plan has no cocktail, so there is nothing to prepare.")
NOT_OPEN = _("Open the record of the session first.")
NOT_PREPARED = _("Mark the mixture as prepared first: sheet and label say when that was.")
NOT_YET = _("Before the mixture is prepared: %(what)s")
