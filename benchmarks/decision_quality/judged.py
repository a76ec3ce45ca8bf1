"""The judge under test behind one interface, whatever its own looks like."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Protocol

import guardian.judge
from benchmarks.decision_quality.rows import Row
from guardian.model import Colour, Finding, Minute, Shared
from guardian.policy import Policy, parse_policy
from guardian.tape import TapeHeader

guardian_judge: Any = guardian.judge
"""Of any version: its shape is asked for when it is used."""


@dataclass(frozen=True)
class Variant:
    """One way to set the judge up.

    Attributes:
        name: Under which its rollbacks are counted.
        without: The protection that is taken away; None for all of them on.
        setting: A policy's section, setting and value that replace the default; None for the default policy.
    """

    name: str
    without: str | None = None
    setting: tuple[str, str, float] | None = None


PRODUCTION = Variant("Guardian")
"""What is deployed: the default policy with every protection."""


@dataclass(frozen=True)
class Answer:
    """What a judge said at one tick."""

    diverged: bool
    signal: str | None
    sentence: str


class Judged(Protocol):
    """A judge that is handed the rows as they become visible."""

    def tick(self, now: int, rows: Sequence[Row]) -> Answer:
        """Judge at tick `now`; `rows` have become visible since the last one, new or revised."""


def judge_of(
    name: str, header: Mapping[str, Any], history: Sequence[Row], variant: Variant = PRODUCTION
) -> Judged:
    """Return the judge under test: `plain` for begin, step and read; `current` for the class `Judge`; or `auto`.

    Raises:
        LookupError: The sources on the path have no such judge, or none with such a protection.
    """
    head = TapeHeader.model_validate(header)
    policy = policy_of(header, variant)
    past = [minute_of(row) for row in history]
    if name != "plain" and hasattr(guardian_judge, "Judge"):
        return _Current(guardian_judge.Judge(head, past, policy, *_protections(variant)))
    if name != "current" and not hasattr(guardian_judge, "Judge") and variant.without is None:
        return _Plain(past, policy)
    raise LookupError(
        f"guardian.judge at {guardian_judge.__file__} has no judge {name!r}; give --layer its sources"
    )


def protections() -> tuple[str, ...]:
    """Name the protections of the judge under test; none where nothing can be taken away."""
    kind = getattr(guardian_judge, "Protections", None)
    return tuple(field.name for field in fields(kind)) if kind else ()


def _protections(variant: Variant) -> tuple[Any, ...]:
    """Return the judge's last argument, or nothing where its default will do."""
    if variant.without is None:
        return ()
    if variant.without not in protections():
        raise LookupError(
            f"the judge has no protection {variant.without!r}, only {', '.join(protections()) or 'none'}"
        )
    return (replace(guardian_judge.Protections(), **{variant.without: False}),)


def policy_of(header: Mapping[str, Any], variant: Variant = PRODUCTION) -> Policy:
    """Return the tape's policy with the variant's setting; the header's maximum of connections completes it."""
    data = dict(header.get("policy") or {})
    if variant.setting is not None:
        section, setting, value = variant.setting
        data[section] = {**data.get(section, {}), setting: value}
    if header.get("max_connections"):
        data["database"] = {"max_connections": header["max_connections"], **data.get("database", {})}
    return parse_policy(data, "the tape's header")


def minute_of(row: Row) -> Minute:
    """Return a row as the product's value, leaving out fields that this version does not know yet."""
    return Minute(
        minute=row["minute"],
        seen_at=row["seen_at"],
        weight=row["weight"],
        blue=_colour(row.get("blue")),
        green=_colour(row.get("green")),
        shared=Shared.model_validate(row.get("shared") or {}),
    )


def _colour(side: Mapping[str, Any] | None) -> Colour | None:
    if side is None:
        return None
    return Colour.model_validate({key: value for key, value in side.items() if key in Colour.model_fields})


class _Current:
    """The class `Judge(header, history, policy)` with `tick(now, rows)`."""

    def __init__(self, judge: Any) -> None:
        self._judge = judge

    def tick(self, now: int, rows: Sequence[Row]) -> Answer:
        verdict = self._judge.tick(now, [minute_of(row) for row in rows])
        finding = getattr(verdict, "verdict", None) or verdict.finding
        return Answer(finding == Finding.DIVERGED, verdict.signal, verdict.sentence)


class _Plain:
    """begin, step and read: each minute is folded in once, when it has settled, in the order of the minutes."""

    def __init__(self, history: Sequence[Minute], policy: Policy) -> None:
        newest = {row.minute: row for row in history}
        self._state = guardian_judge.begin([newest[minute] for minute in sorted(newest)])
        self._policy = policy
        self._waiting: dict[int, Minute] = {}
        self._next = 0

    def tick(self, now: int, rows: Sequence[Row]) -> Answer:
        self._waiting.update({row["minute"]: minute_of(row) for row in rows})
        settle = self._policy.window.settle_seconds // 60
        while self._next + 1 + settle <= now and self._ready(now):
            if self._next in self._waiting:
                self._state = guardian_judge.step(self._state, self._waiting.pop(self._next))
            self._next += 1
        verdict = guardian_judge.read(self._state, self._policy)
        return Answer(verdict.finding is Finding.DIVERGED, verdict.signal, verdict.sentence)

    def _ready(self, now: int) -> bool:
        """Tell whether the next minute is there or has been waited for long enough."""
        patience = self._policy.window.patience_minutes
        return self._next in self._waiting or now >= self._next + 1 + patience
