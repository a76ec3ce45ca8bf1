"""The judge behind a tape: rows in any order, late, revised or twice, one verdict per tick.

Anyone can plug it into a benchmark:

    judge = Judge(header, history, policy)
    for now in range(last_tick + 1):
        judged = judge.tick(now, rows_that_became_visible_at(now))
        if judged.verdict == "diverged": ...
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from guardian.judge.fold import step
from guardian.judge.habits import begin
from guardian.judge.protections import ALL, Protections
from guardian.judge.state import JudgeState
from guardian.judge.verdict import read
from guardian.model import Baseline, Colour, Evidence, Minute, Shared
from guardian.policy import DatabasePolicy, Policy, parse_policy

REVISABLE_MINUTES = 8
"""Minutes that stay open for late and revised rows, and longer where the policy's patience is; older ones are final."""
Line = Mapping[str, Any] | BaseModel
"""A line of a tape: as a mapping, or as the product's own value."""
COLOUR_FIELDS = frozenset(Colour.model_fields)
SHARED_FIELDS = frozenset(Shared.model_fields)


@dataclass(frozen=True)
class JudgedTick:
    """What the judge says at one tick.

    Attributes:
        verdict: `healthy`, `investigate`, `diverged`, `inconclusive` or `no_data`.
        signal: The signal that carries it; None when no single one does.
        sentence: The verdict in one plain sentence.
        evidence: One entry per signal.
        baseline: What green was held against.
    """

    verdict: str
    signal: str | None
    sentence: str
    evidence: tuple[Evidence, ...]
    baseline: Baseline


class Judge:
    """Judges one deployment tick by tick. Cost and memory of a tick do not depend on its age.

    The state is kept at a horizon `REVISABLE_MINUTES` back. The open minutes after it are folded again from the first
    one that changed; a minute that CloudWatch may still revise counts only for what lies in proportions.
    """

    def __init__(
        self,
        header: Line,
        history: Sequence[Line],
        policy: Policy | None = None,
        protections: Protections = ALL,
    ) -> None:
        """Learn blue's habits.

        Args:
            header: The tape's first line. Its `policy` counts when none is given; its `max_connections` completes one.
            history: The tape's rows of blue before the shift; of a minute that is there twice the later seen counts.
            policy: The service's policy.
            protections: All of them, outside ablations.

        Raises:
            PolicyInvalidError: The header's policy does not fit.
        """
        self._policy = _policy_of(_mapping(header), policy)
        self._on = protections
        self._open_for = max(REVISABLE_MINUTES, self._policy.window.patience_minutes)
        self._settle = 1 + -(-self._policy.window.settle_seconds // 60)
        rows: dict[int, Minute] = {}
        for row in sorted(map(minute_of, history), key=lambda row: row.seen_at):
            rows[row.minute] = row
        self._horizon = begin([rows[minute] for minute in sorted(rows)])
        self._open: dict[int, Minute] = {}
        self._folded: dict[int, tuple[bool, JudgeState]] = {}

    def tick(self, now: int, rows: Sequence[Line]) -> JudgedTick:
        """Take in what became visible at `now` and say what all of it amounts to.

        Args:
            now: The tick, counted in the same minutes as the rows: minute m ends at tick m + 1.
            rows: Rows that became visible since the last tick, in any order.
        """
        for row in sorted(map(minute_of, rows), key=lambda row: row.seen_at):
            self._take(row)
        self._close(now - self._open_for)
        state = self._fold(now)
        verdict = read(state if state.rows else None, self._policy)
        return JudgedTick(
            str(verdict.finding), verdict.signal, verdict.sentence, verdict.evidence, verdict.baseline
        )

    def _take(self, row: Minute) -> None:
        closed = self._horizon.rows[-1].minute if self._horizon.rows else -1
        known = self._open.get(row.minute)
        if row.minute <= closed or (known is not None and known.seen_at > row.seen_at):
            return
        if known is None or known.model_copy(update={"seen_at": row.seen_at}) != row:
            self._open[row.minute] = row
            self._forget(row.minute)

    def _forget(self, since: int) -> None:
        for minute in [minute for minute in self._folded if minute >= since]:
            del self._folded[minute]

    def _close(self, horizon: int) -> None:
        """Make final what lies before the horizon."""
        for minute in sorted(minute for minute in self._open if minute < horizon):
            settled, state = self._folded.pop(minute, (False, self._horizon))
            self._horizon = state if settled else self._step(self._horizon, minute, settled=True)
            del self._open[minute]

    def _fold(self, now: int) -> JudgeState:
        """Fold the open minutes again from the first that changed or has settled since."""
        state = self._horizon
        for minute in sorted(self._open):
            settled = minute + self._settle <= now
            kept = self._folded.get(minute)
            if kept is None or kept[0] is not settled:
                self._forget(minute)
                kept = settled, self._step(state, minute, settled=settled)
                self._folded[minute] = kept
            state = kept[1]
        return state

    def _step(self, state: JudgeState, minute: int, *, settled: bool) -> JudgeState:
        return step(state, self._open[minute], self._policy, self._on, settled=settled)


def minute_of(row: Line) -> Minute:
    """Read one line of a tape; keys that are not known are left out, keys that are absent are unknown values."""
    if isinstance(row, Minute):
        return row
    row = _mapping(row)
    shared = {name: value for name, value in (row.get("shared") or {}).items() if name in SHARED_FIELDS}
    return Minute(
        minute=int(row["minute"]),
        seen_at=int(row.get("seen_at", row["minute"])),
        weight=float(row.get("weight") or 0.0),
        blue=_colour(row.get("blue")),
        green=_colour(row.get("green")),
        shared=Shared(**shared),
    )


def _mapping(line: Line) -> Mapping[str, Any]:
    return line.model_dump(by_alias=True) if isinstance(line, BaseModel) else line


def _colour(data: Mapping[str, Any] | None) -> Colour | None:
    if data is None:
        return None
    known = {name: value for name, value in data.items() if name in COLOUR_FIELDS}
    return Colour(**{**known, "custom": known.get("custom") or {}})


def _policy_of(header: Mapping[str, Any], policy: Policy | None) -> Policy:
    chosen = policy or parse_policy(header.get("policy") or {}, "the tape's policy")
    maximum = header.get("max_connections")
    if maximum is None or chosen.database.max_connections is not None:
        return chosen
    database = DatabasePolicy(**{**chosen.database.model_dump(), "max_connections": int(maximum)})
    return chosen.model_copy(update={"database": database})
