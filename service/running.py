"""What an application carries: made at its start, found by whoever answers a request."""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from flask import Flask, current_app

T = TypeVar("T")


class Carried(Generic[T]):
    """One thing that applications carry; called, it gives that of the application at hand."""

    def __init__(self, name: str) -> None:
        self._name = f"leermatch.{name}"

    def give(self, app: Flask, value: T) -> T:
        """Let an application carry a value, and return it."""
        app.extensions[self._name] = value
        return value

    def of(self, app: Flask) -> T:
        """Return what an application carries; KeyError if it was given nothing."""
        return cast(T, app.extensions[self._name])

    def __call__(self) -> T:
        """Return what the application at hand carries."""
        return self.of(current_app)
