"""How an earlier slice lets a later one take part, without knowing it.

The earlier slice declares a hook by name; the later one registers in its app's `apps.py`. Whoever is
registered runs at once, in the transaction of the caller.
"""

from collections.abc import Callable
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Hook(Generic[P, R]):
    """Call it to call everybody who registered, in the order of registration."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._listeners: list[Callable[P, R]] = []

    def register(self, listener: Callable[P, R]) -> None:
        if listener not in self._listeners:
            self._listeners.append(listener)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[R]:
        return [listener(*args, **kwargs) for listener in self._listeners]
