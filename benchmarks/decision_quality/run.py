"""Measure how well the judge decides, against an oracle and against the rules of other tools.

    python -m benchmarks.decision_quality --quick                    under a minute on two cores, seeds 0 to 399
    python -m benchmarks.decision_quality --full                     the reported numbers, seeds from 1,000,000 on
    python -m benchmarks.decision_quality --healthy 1000 --faulty 0  one part only
    python -m benchmarks.decision_quality --ablation 100             what each protection is worth (part of --full)
    python -m benchmarks.decision_quality --curve                    one setting moved at a time; also with --full
    python -m benchmarks.decision_quality --real                     real series instead of simulated ones

Seeds below 100,000 are for development, seeds from 1,000,000 on for reported numbers; a run that mixes them is refused.
`--layer PATH` judges with the sources of another checkout, `--judge plain` with begin, step and read.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from benchmarks.decision_quality import ablation, curve, report
from benchmarks.decision_quality.costs import measure
from benchmarks.decision_quality.generator import REPORTED_SEEDS
from benchmarks.decision_quality.peers import PEERS
from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Played
from benchmarks.decision_quality.pool import play_all
from benchmarks.decision_quality.report import Told
from benchmarks.decision_quality.scores import by_kind, by_plan, score
from benchmarks.decision_quality.targets import Groups, targets
from benchmarks.decision_quality.tasks import (
    ABLATED_FAULTY,
    ABLATED_HEALTHY,
    FAULTY,
    FULL,
    HEALTHY,
    NOTHING,
    PARTS,
    QUICK,
    Size,
    check_seeds,
    tasks,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark and print its tables; 0 when every target is met or undecided, 1 otherwise, 2 on usage."""
    options = _parser().parse_args(argv)
    if options.real:
        from benchmarks.decision_quality import real

        return real.main(options.judge, options.processes, options.json)
    size, seed = _size(options), _seed(options)
    try:
        check_seeds(seed, size)
    except ValueError as error:
        print(error)
        return 2
    if options.curve:
        return curve.main(seed, size, options.judge, options.processes, options.json)
    begun = time.perf_counter()
    played = play_all(tasks(seed, size, options.judge, not options.no_peers), options.processes)
    return _tell(played, seed, options, time.perf_counter() - begun)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.decision_quality", description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    how_much = parser.add_mutually_exclusive_group()
    how_much.add_argument("--quick", action="store_true", help="under a minute (the default)")
    how_much.add_argument("--full", action="store_true", help="the reported numbers")
    how_much.add_argument("--real", action="store_true", help="real series")
    parser.add_argument("--curve", action="store_true", help="move one setting of the policy at a time")
    parser.add_argument("--seed", type=int, help="first seed; default 0, with --full 1,000,000")
    parser.add_argument(
        "--judge", default="auto", choices=["auto", "plain", "current"], help="judge under test"
    )
    parser.add_argument("--layer", metavar="PATH", help="take the judge from these sources")
    for part in PARTS:
        parser.add_argument(
            f"--{part}", type=int, metavar="N", help=f"play N deployments of the part `{part}`"
        )
    parser.add_argument("--processes", type=int, default=2, metavar="N")
    parser.add_argument("--no-peers", action="store_true", help="leave the other tools' rules out")
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    return parser


def _named(options: argparse.Namespace) -> dict[str, int]:
    """Return the parts that were asked for one by one."""
    return {part: n for part in PARTS if (n := getattr(options, part)) is not None}


def _size(options: argparse.Namespace) -> Size:
    """Return how much to play: naming one part leaves out the parts that are not named."""
    named, from_curve = _named(options), (curve.QUICK, curve.FULL)
    quick, full = from_curve if options.curve else (QUICK, FULL)
    return replace(NOTHING, **named) if named else full if options.full else quick


def _seed(options: argparse.Namespace) -> int:
    if options.seed is not None:
        return int(options.seed)
    return REPORTED_SEEDS if options.full else 0


def _tell(played: Sequence[Played], seed: int, options: argparse.Namespace, seconds: float) -> int:
    groups: dict[str, list[Played]] = defaultdict(list)
    for one in played:
        groups[one.task.group].append(one)
    counts = ", ".join(f"{len(group):,} {name}" for name, group in groups.items() if group)
    run = {"first_seed": seed, "judge": options.judge, "deployments": len(played), "seconds": round(seconds)}
    parts = [
        Told(
            f"seeds from {seed:,}: {counts}; {seconds:.0f} s", {"schema": "guardian.benchmark/1", "run": run}
        ),
        *(
            [_decisions(groups, played, seed, options)]
            if set(groups) - {ABLATED_HEALTHY, ABLATED_FAULTY}
            else []
        ),
        *([_ablation(groups)] if groups[ABLATED_HEALTHY] else []),
    ]
    data = {key: value for part in parts for key, value in part.data.items()}
    print(json.dumps(data, indent=1) if options.json else "\n\n".join(part.text for part in parts))
    return 1 if any(part.missed for part in parts) else 0


def _decisions(groups: Groups, played: Sequence[Played], seed: int, options: argparse.Namespace) -> Told:
    """Return what everyone decided, and how far the targets are met."""
    names = [ORACLE, GUARDIAN, *([] if options.no_peers else PEERS)]
    healthy, faulty = groups.get(HEALTHY, []), groups.get(FAULTY, [])
    scores = [score(name, healthy, faulty) for name in names]
    cost = None if _named(options) else measure(seed, options.judge)
    lines, kinds, plans = targets(groups, scores[1], cost), by_kind(faulty), by_plan(faulty)
    grouped = [report.groups_text("fault", kinds), report.groups_text("shift", plans)] if kinds else []
    parts = [report.scores_text(scores), *grouped, report.targets_text(lines)]
    text = "\n\n".join([*parts, report.false_text(played), report.missed_text(faulty)])
    return Told(text, report.as_data(scores, kinds, lines), any(line.met is False for line in lines))


def _ablation(groups: Groups) -> Told:
    lines = ablation.worths(groups[ABLATED_HEALTHY], groups[ABLATED_FAULTY])
    return Told(ablation.ablation_text(lines), {"ablation": ablation.as_data(lines)})
