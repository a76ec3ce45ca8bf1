"""OnlineBoutique under fault injection as deployments: fault-free stretches beside each other, and each fault.

See benchmarks/data/README.md for the source, its licence, and how series become deployments.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.decision_quality.measured import HISTORY, SHIFT, Call, Case, Side, laid_out
from benchmarks.decision_quality.report import Told, table
from benchmarks.decision_quality.scores import FalseRollbacks

DATA = Path(__file__).parents[1] / "data" / "nezha_onlineboutique"
BEFORE_FAULT, FAULT = 6, 6
"""Minutes of health before an onset, and from the onset to the end of the drain."""
QUIET_AFTER = 30 * 60
"""Seconds after the last fault from which a day counts as fault-free."""
EDGE = "edge"
Series = dict[int, dict[str, float]]


def read_day(path: Path) -> dict[str, Series]:
    """Return by entity the minutes (epoch seconds) and their known values."""
    day: dict[str, Series] = {}
    with path.open(encoding="utf-8") as lines:
        for line in csv.DictReader(lines):
            known = {k: float(v) for k, v in line.items() if k not in ("ts", "entity") and v}
            day.setdefault(line["entity"], {})[int(line["ts"])] = known
    return day


def colour(values: dict[str, float] | None, cpu: float | None = None) -> Side:
    """Return one minute of a series as a colour of a tape: counts per minute and seconds."""
    if not values or "requests_per_s" not in values:
        return None
    requests = round(60 * values["requests_per_s"])
    side = {"requests": float(requests), "latency_samples": float(requests)}
    if "success_pct" in values:
        side["errors_5xx"] = float(round(requests * (1 - values["success_pct"] / 100)))
    for field in ("p50", "p90", "p99"):
        if f"{field}_ms" in values:
            side[f"latency_{field}"] = values[f"{field}_ms"] / 1000
    used = values.get("cpu_pct") if cpu is None else cpu
    return side if used is None else {**side, "cpu": used}


def _case(
    name: str, day: dict[str, Series], entity: str, blue: Sequence[int], green: Sequence[int], *, cpu_of: str,
    fault: str | None = None, visible: bool = False,
) -> Case:  # fmt: skip
    """Lay blue's minutes (history first) and green's beside each other; CPU comes from the pod `cpu_of`."""

    def at(ts: int) -> Side:
        return colour(day[entity].get(ts), day[cpu_of].get(ts, {}).get("cpu_pct"))

    pairs = [(at(b), at(g)) for b, g in zip(blue[HISTORY:], green, strict=False)]
    return Case(name, entity, fault, visible, *laid_out([at(ts) for ts in blue[:HISTORY]], pairs))


def cases() -> Iterator[Case]:
    """Yield every deployment: A/A pairs of the edge and of every pod, then each fault at the edge and at its pod.

    A fault is visible when the edge shows it under the source's crude check: a failed request, or a median above 1.5
    times the usual.
    """
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


def told(judged: Sequence[tuple[Case, Call | None]]) -> Told:
    """Return what came of every case."""
    pairs = [(case, call) for case, call in judged if case.fault is None]
    wrong = FalseRollbacks(sum(1 for _, call in pairs if call), len(pairs))
    early = sum(1 for case, call in judged if case.fault and call and call.tick <= BEFORE_FAULT)
    kinds = sorted({case.fault for case, _ in judged if case.fault})
    lines = [_line(kind, [(case, call) for case, call in judged if case.fault == kind]) for kind in kinds]
    headline = f"OnlineBoutique: {wrong.count} rollbacks of {wrong.total} fault-free pairs, at most {wrong.bound:.1%}"
    text = [
        headline,
        *(f"  {case.name} {case.entity}, tick {call.tick}, {call.sentence}" for case, call in pairs if call),
        f"rolled back before the fault: {early}\n",
        table(
            ("fault", "cases", "caught", "visible at the edge", "caught of these"),
            [(kind, *map(str, counts)) for kind, *counts in lines],
        ),
    ]
    data = {"false": wrong.count, "pairs": wrong.total, "early": early, "faults": lines}
    return Told("\n".join(text), {"boutique": data}, missed=wrong.count > 0)


def _line(kind: str, judged: Sequence[tuple[Case, Call | None]]) -> tuple[str, int, int, int, int]:
    """Return the kind with its cases, those caught at the edge or the pod, those visible, and those that are both."""
    names = {case.name for case, _ in judged}
    caught = {case.name for case, call in judged if call and call.tick > BEFORE_FAULT}
    visible = {case.name for case, _ in judged if case.visible}
    return kind, len(names), len(caught), len(visible), len(caught & visible)
