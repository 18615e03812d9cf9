"""Where later slices hear that what is known of a patient's health has changed."""

from typing import Any

from clinic.hooks import Hook

# Called as answers_changed(patient=..., by=..., now=...), in the transaction of the change.
answers_changed: Hook[..., Any] = Hook("answers changed")
