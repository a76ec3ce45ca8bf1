"""Real series as deployments: rollbacks on fault-free stretches, and what is caught of injected faults.

See benchmarks/data/README.md for the source, its licence, and how series become deployments.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.decision_quality.judged import judge_of
from benchmarks.decision_quality.publish import Row
from benchmarks.decision_quality.report import table
from benchmarks.decision_quality.scores import FalseRollbacks

DATA = Path(__file__).parents[1] / "data" / "nezha_onlineboutique"
HISTORY, SHIFT, BEFORE_FAULT, FAULT = 60, 36, 6, 6
"""Minutes: of history, of an A/A shift, of health before an onset, and from the onset to the end of the drain."""
QUIET_AFTER = 30 * 60
"""Seconds after the last fault from which a day counts as fault-free."""
EDGE = "edge"
Series = dict[int, dict[str, float]]


@dataclass(frozen=True)
class Case:
    """One deployment made of real series.

    Attributes:
        name: Where it comes from.
        entity: `edge` or a pod.
        fault: What was injected; None for A/A.
        visible: Whether the edge shows the fault under the source's crude check: a failed request, or a median above
            1.5 times the usual.
        history: Rows of blue before.
        shift: Rows from minute 0 on.
    """

    name: str
    entity: str
    fault: str | None
    visible: bool
    history: Sequence[Row]
    shift: Sequence[Row]


def read_day(path: Path) -> dict[str, Series]:
    """Return by entity the minutes (epoch seconds) and their known values."""
    day: dict[str, Series] = {}
    with path.open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            known = {k: float(v) for k, v in line.items() if k not in ("ts", "entity") and v}
            day.setdefault(line["entity"], {})[int(line["ts"])] = known
    return day


def colour(values: dict[str, float] | None, cpu: float | None = None) -> dict[str, Any] | None:
    """Return one minute of a series as a colour of a tape: counts per minute and seconds."""
    if not values or "requests_per_s" not in values:
        return None
    requests = round(60 * values["requests_per_s"])
    side: dict[str, Any] = {"requests": float(requests), "latency_samples": float(requests)}
    if "success_pct" in values:
        side["errors_5xx"] = float(round(requests * (1 - values["success_pct"] / 100)))
    for field in ("p50", "p90", "p99"):
        if f"{field}_ms" in values:
            side[f"latency_{field}"] = values[f"{field}_ms"] / 1000
    used = values.get("cpu_pct") if cpu is None else cpu
    return side if used is None else {**side, "cpu": used}


def _row(minute: int, blue: dict[str, Any] | None, green: dict[str, Any] | None) -> Row:
    weight = 0.0 if minute < 0 else 0.5
    seen = {"type": "minute", "minute": minute, "seen_at": minute + 2, "weight": weight}
    return {**seen, "blue": blue, "green": green, "shared": {}}


def _case(
    name: str, day: dict[str, Series], entity: str, blue: Sequence[int], green: Sequence[int], *, cpu_of: str,
    fault: str | None = None, visible: bool = False,
) -> Case:  # fmt: skip
    """Lay blue's minutes (history first) and green's beside each other; CPU comes from the pod `cpu_of`."""

    def at(ts: int) -> dict[str, Any] | None:
        return colour(day[entity].get(ts), day[cpu_of].get(ts, {}).get("cpu_pct"))

    history = [_row(i - HISTORY, at(ts), None) for i, ts in enumerate(blue[:HISTORY])]
    shift = [_row(i, at(b), at(g)) for i, (b, g) in enumerate(zip(blue[HISTORY:], green, strict=False))]
    return Case(name, entity, fault, visible, history, shift)


def cases() -> Iterator[Case]:
    """Yield every deployment: A/A pairs of the edge and of every pod, then each fault at the edge and at its pod."""
    faults = json.loads((DATA / "cases.json").read_text(encoding="utf-8"))
    for path in sorted(DATA.glob("*.csv")):
        day = read_day(path)
        own = [case for case in faults if case["file"].endswith(path.name)]
        quiet = [ts for ts in sorted(day[EDGE]) if ts >= max(c["onset_ts"] for c in own) + QUIET_AFTER]
        for begin in range(0, len(quiet) - HISTORY - 2 * SHIFT, SHIFT):
            blue, green = quiet[begin : begin + HISTORY + SHIFT], quiet[begin + HISTORY + SHIFT :][:SHIFT]
            for entity in day:
                name = f"{path.stem} minute {begin}"
                yield _case(name, day, entity, blue, green, cpu_of="frontend" if entity == EDGE else entity)
        blue, healthy = quiet[: HISTORY + BEFORE_FAULT + FAULT], quiet[-BEFORE_FAULT:]
        usual = sorted(day[EDGE][ts]["p50_ms"] for ts in blue)[len(blue) // 2]
        for case in own:
            onset = case["onset_ts"] // 60 * 60
            green = [*healthy, *(onset + 60 * i for i in range(FAULT))]
            seen = [day[EDGE].get(ts, {}) for ts in green[BEFORE_FAULT:][:4]]
            visible = any(v.get("success_pct", 100) < 100 or v.get("p50_ms", 0) > 1.5 * usual for v in seen)
            for entity in (EDGE, case["service"]):
                yield _case(
                    case["case_id"], day, entity, blue, green, cpu_of=case["service"],
                    fault=case["fault"], visible=visible,
                )  # fmt: skip


def rollback(case: Case, judge: str) -> tuple[int, str] | None:
    """Return the tick and the sentence of the judge's rollback; None without one."""
    header = {"type": "deployment", "schema": "guardian.tape/1", "id": "d-real", "strategy": "canary"}
    judged = judge_of(judge, header, case.history)
    for tick in range(1, len(case.shift) + 4):
        answer = judged.tick(tick, [row for row in case.shift if row["seen_at"] == tick])
        if answer.diverged:
            return tick, f"{answer.signal}: {answer.sentence}"
    return None


def main(judge: str, as_json: bool) -> int:
    """Judge every case and print what came of it; 1 when a fault-free stretch was rolled back."""
    told = [(case, rollback(case, judge)) for case in cases()]
    pairs = [(case, call) for case, call in told if case.fault is None]
    wrong = FalseRollbacks(sum(1 for _, call in pairs if call), len(pairs))
    early = [case for case, call in told if case.fault and call and call[0] <= BEFORE_FAULT]
    kinds = sorted({case.fault for case, _ in told if case.fault})
    lines = []
    for kind in kinds:
        names = {case.name: case.visible for case, _ in told if case.fault == kind}
        caught = {case.name for case, call in told if case.fault == kind and call and call[0] > BEFORE_FAULT}
        visible = {name for name, seen in names.items() if seen}
        lines.append((kind, str(len(names)), str(len(caught)), str(len(visible)), str(len(caught & visible))))
    if as_json:
        result = {"false": wrong.count, "pairs": wrong.total, "early": len(early), "faults": lines}
        print(json.dumps({"schema": "guardian.benchmark-real/1", **result}, indent=1))
    else:
        print(f"A/A: {wrong.count} rollbacks of {wrong.total} fault-free pairs, at most {wrong.bound:.1%}")
        print(
            "\n".join(
                f"  {case.name} {case.entity}, tick {call[0]}, {call[1]}" for case, call in pairs if call
            )
        )
        print(f"rolled back before the fault: {len(early)}\n")
        print(table(("fault", "cases", "caught", "visible at the edge", "caught of these"), lines))
    return 1 if wrong.count else 0
