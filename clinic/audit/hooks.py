"""How the access log learns whose record a row is about: it stores ids and knows no patients."""

from collections.abc import Collection, Mapping
from uuid import UUID

from clinic.hooks import Hook

patients_named: Hook[[Collection[UUID]], Mapping[UUID, str]] = Hook("patients named")
