"""What later slices say about a lot, and where its trace is."""

from collections.abc import Sequence
from uuid import UUID

from clinic.hooks import Hook

# Called as notices_of_lots([ids]) -> {id: [sentences]}: what a page about these lots must say first.
notices_of_lots: Hook[[Sequence[UUID]], dict[UUID, list[str]]] = Hook("notices of lots")
