"""Real series as deployments: rollbacks where nothing is wrong, and what is caught where something is."""

import json
from functools import partial
from types import ModuleType

from benchmarks.decision_quality import boutique, nab
from benchmarks.decision_quality.measured import rollback
from benchmarks.decision_quality.pool import spread
from benchmarks.decision_quality.report import Told

SOURCES: tuple[ModuleType, ...] = (boutique, nab)


def main(judge: str, processes: int, as_json: bool) -> int:
    """Judge every case of every source and print what came of it; 1 when a fault-free stretch was rolled back."""
    parts = [_judged(source, judge, processes) for source in SOURCES]
    if as_json:
        data = {key: value for part in parts for key, value in part.data.items()}
        print(json.dumps({"schema": "guardian.benchmark-real/2", **data}, indent=1))
    else:
        print("\n\n".join(part.text for part in parts))
    return 1 if any(part.missed for part in parts) else 0


def _judged(source: ModuleType, judge: str, processes: int) -> Told:
    cases = list(source.cases())
    calls = spread(partial(rollback, judge=judge), cases, processes)
    told: Told = source.told([*zip(cases, calls, strict=True)])
    return told
