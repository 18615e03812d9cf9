"""What Django's password rules and the sign-in library say, so that our catalogues hold it too.

Their Turkish calls a password now "parola", now "şifre"; ours is read before theirs and says
"şifre" everywhere. The code uses none of these: `manage.py translations` finds them here.
"""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

OF_THE_RULES = (
    ngettext_lazy(
        "This password is too short. It must contain at least %d character.",
        "This password is too short. It must contain at least %d characters.",
        12,
    ),
    ngettext_lazy(
        "Your password must contain at least %(min_length)d character.",
        "Your password must contain at least %(min_length)d characters.",
        12,
    ),
    _("The password is too similar to the %(verbose_name)s."),
    _("Your password can’t be too similar to your other personal information."),
    _("This password is too common."),
    _("Your password can’t be a commonly used password."),
)
OF_THE_SIGN_IN = (
    _("The email address and/or password you specified are not correct."),
    _("Please type your current password."),
    _("Incorrect password."),
    _("You must type the same password each time."),
    _("Too many failed login attempts. Try again later."),
)
