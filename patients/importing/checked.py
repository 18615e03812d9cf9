"""Names and telephone numbers, which a table checks at its row and every record once more.

The second look costs nothing as long as no more people than these lie between the two.
"""

from functools import lru_cache

from patients.records import rules

_REMEMBERED = 8192

tidy_name = lru_cache(_REMEMBERED)(rules.tidy_name)
normal_phone = lru_cache(_REMEMBERED)(rules.normal_phone)
