"""Where later slices hear that what is known of a patient's health has changed."""

from typing import Any

from clinic.hooks import Hook

# Called as answers_changed(patient=..., by=..., now=...), in the transaction of the change.
answers_changed: Hook[..., Any] = Hook("answers changed")

# Called as stated_elsewhere(patient, on): what an imported record answers (question code -> value)
# until somebody was asked here. A yes or no given here later ends it; one of before does not, nor
# does a "don't know".
stated_elsewhere: Hook[..., dict[str, Any]] = Hook("stated elsewhere")
