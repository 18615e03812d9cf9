"""Where later slices hear that what is on the shelf is no longer what it was."""

from typing import Any

from clinic.hooks import Hook

# Called as substances_changed(ingredients={slugs}, by=..., now=...), in the transaction of the
# change: an excipient, an allergen group or a limit of a substance or of its products is another.
substances_changed: Hook[..., Any] = Hook("substances changed")
