"""When a patient's link stops opening. Pure; the number is in docs/rules/links.md."""

# Five tries [C]: enough for a slip of the thumb, too few to try birthdays.
MOST_WRONG_ANSWERS = 5


def is_locked(wrong_answers: int) -> bool:
    return wrong_answers >= MOST_WRONG_ANSWERS
