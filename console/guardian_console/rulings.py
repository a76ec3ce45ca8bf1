"""Judges recorded deployments tick by tick, without AWS, from what was visible at each tick. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from guardian.decide import Decision, decide
from guardian.judge import Judge, JudgedTick
from guardian.model import Finding, Minute, Mode, Phase, Scope, Verdict
from guardian.policy import Policy
from guardian.tape import TapeHeader


@dataclass(frozen=True)
class Ruling:
    """What was judged and decided at one tick, `weight` being the newest share of green (0 to 1) seen by then."""

    tick: int
    weight: float
    judged: JudgedTick
    decision: Decision


def rulings(header: TapeHeader, minutes: Sequence[Minute], policy: Policy) -> Iterator[Ruling]:
    """Judge one tape: yield a ruling for every tick from 0 to the last at which a row became visible.

    At a tick at which none did nobody could look: what was judged before stands, and no minute grows older by it.
    Blue's history is what was visible when the first minute of the shift was. The mode is the policy's where it sets
    one, otherwise `enforce`; the phase is `baking` once green has all of the traffic, otherwise `shifting`.
    """
    visible: dict[int, list[Minute]] = {}
    for row in minutes:
        visible.setdefault(max(row.seen_at, 0), []).append(row)
    mode = policy.mode if "mode" in policy.model_fields_set else Mode.ENFORCE
    history: list[Minute] = []
    known: list[Minute] = []
    judging, judged = Judge(header, history, policy), None
    for tick in range(max((row.seen_at for row in minutes), default=-1) + 1):
        rows = visible.get(tick, [])
        shift = [row for row in rows if row.minute >= 0]
        if rows and not known:
            history += [row for row in rows if row.minute < 0]
            judging = Judge(header, history, policy)
        known = sorted((*known, *shift), key=lambda row: (row.minute, row.seen_at))[-1:]
        if shift or judged is None:
            judged = judging.tick(tick, shift)
        weight = known[0].weight if known else 0.0
        yield Ruling(tick, weight, judged, decided(judged, weight, mode))


def decided(judged: JudgedTick, weight: float, mode: Mode) -> Decision:
    """Return the decision for what was judged while green had `weight` (0 to 1) of the traffic."""
    scope = next((one.scope for one in judged.evidence if one.signal == judged.signal), Scope.COLOUR)
    finding = Finding(judged.verdict)
    verdict = Verdict(finding=finding, signal=judged.signal, scope=scope, sentence=judged.sentence)
    return decide(phase_at(weight), verdict, mode)


def phase_at(weight: float) -> Phase:
    """Return the phase in which green has `weight` (0 to 1) of the traffic."""
    return Phase.SHIFTING if weight < 1 else Phase.BAKING
