"""What must not stand in a log, although the framework would write it there."""

import logging
import re

# Every address of a patient's link begins with one letter: /a/, /c/, /i/ ...
_KEY = re.compile(r"(?<=/[a-z]/)[^/\s]+")


class WithoutKeys(logging.Filter):
    """The address of a patient's link is half of what opens it; a refused try is logged without."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                _KEY.sub("...", each) if isinstance(each, str) else each for each in record.args
            )
        return True
