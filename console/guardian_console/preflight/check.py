"""What a check is, and what it finds."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters: it will bite, it is good to know, or it could not be read."""

    BITES = "bites"
    NOTE = "note"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Found:
    """One thing that a check found.

    Attributes:
        sentence: What was found, with its numbers.
        level: How much it matters.
        places: What to fill into the check's fix besides the names of the service.
    """

    sentence: str
    level: Level = Level.BITES
    places: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """One question to an account.

    Attributes:
        key: Its name.
        why: Why the answer matters.
        fix: What to run or set, with places such as `$application`.
        find: Yields what is found; its parameters are fields of `Facts`. Pure.
        fault: The fault of the companion stack that it finds, for example `G1`.
    """

    key: str
    why: str
    fix: str
    find: Callable[..., Iterable[Found]]
    fault: str = ""

    @property
    def needs(self) -> tuple[str, ...]:
        """The facts that it asks for, which are its parameters."""
        return tuple(inspect.signature(self.find).parameters)


def check(
    key: str, *, why: str, fix: str, fault: str = ""
) -> Callable[[Callable[..., Iterable[Found]]], Check]:
    """Make a check of a function."""

    def made(find: Callable[..., Iterable[Found]]) -> Check:
        return Check(key, why, fix, find, fault)

    return made


def note(sentence: str, **places: str) -> Found:
    return Found(sentence, Level.NOTE, places)


def bites(sentence: str, **places: str) -> Found:
    return Found(sentence, Level.BITES, places)


def unknown(sentence: str, **places: str) -> Found:
    return Found(sentence, Level.UNKNOWN, places)
