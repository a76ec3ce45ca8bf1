"""Weigh evidence: all signals spend one budget, and each says how far it has come."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from guardian.judge.bets import EMPTY, KEPT_POINTS, Bet, log_evidence, log_sum
from guardian.judge.state import JudgeState, Reference
from guardian.policy import Policy

OWN_PART = math.log(5)
"""A signal may carry a verdict when it alone has earned a fifth of what is needed."""
MOST_ODDS = 1e6
"""Odds beyond which a number says no more."""


@dataclass(frozen=True)
class Scale:
    """The evidence of a deployment on one scale.

    Attributes:
        own: Logarithm of stake times evidence, by signal.
        plain: Logarithm of the evidence itself, by signal.
        total: Logarithm of the evidence of all signals together.
        needed: Logarithm of the evidence that convicts.
        interesting: Logarithm of the evidence from which a person should look.
    """

    own: Mapping[str, float]
    plain: Mapping[str, float]
    total: float
    needed: float
    interesting: float

    def convicts(self, signal: str) -> bool:
        """Tell whether the budget's evidence is reached and this signal has earned its part of it."""
        return self.total >= self.needed and self.own.get(signal, EMPTY) >= self.needed - OWN_PART

    def interests(self, signal: str) -> bool:
        """Tell whether this signal's evidence is worth a person's look."""
        return self.plain.get(signal, EMPTY) >= self.interesting

    def strength(self, signal: str) -> float | None:
        """Return the logarithm of a signal's staked evidence; None while there is nothing against green."""
        own = self.own.get(signal, EMPTY)
        return own if own >= 0 else None

    def told(self, signal: str) -> str:
        """Return the evidence as odds against the budget, ready to follow a sentence; nothing where there is none."""
        own = self.own.get(signal, EMPTY)
        if own < 0:
            return ""
        needed = f"of {math.exp(self.needed):,.0f}:1 needed"
        if own < self.needed <= self.total and self.convicts(signal):
            return f"; evidence {odds(own)}, {odds(self.total)} with the other signals, {needed}"
        return f"; evidence {odds(own)} {needed}"


def odds(log_odds: float) -> str:
    """Return odds as `340:1`."""
    return f"over {MOST_ODDS:,.0f}:1" if log_odds > math.log(MOST_ODDS) else f"{math.exp(log_odds):,.0f}:1"


def weighed(state: JudgeState, policy: Policy) -> Scale:
    """Put every signal on the scale."""
    stakes = _stakes(state, policy)
    plain = {name: log_evidence(state.bets.get(name)) for name in stakes}
    own = {name: math.log(stakes[name]) + plain[name] if stakes[name] > 0 else EMPTY for name in stakes}
    rest = 1 - sum(stakes.values())
    return Scale(
        own=own,
        plain=plain,
        total=log_sum([*own.values(), math.log(rest) if rest > 1e-12 else EMPTY]),
        needed=-math.log(policy.budget.alpha),
        interesting=math.log(policy.budget.investigate_odds),
    )


def _stakes(state: JudgeState, policy: Policy) -> dict[str, float]:
    """Return the stake of each signal; one that the history says cannot be judged leaves its own to the others.

    What can be judged is known before green has any traffic, so that the budget is divided once and for all.
    """
    stakes = dict(policy.budget.stakes)
    together = stakes.pop("custom")
    staked = [metric.name for metric in policy.custom if metric.action == "diverge"]
    stakes |= {name: together / len(staked) for name in staked}
    known = {name: stake for name, stake in stakes.items() if _can_be_judged(name, state.reference)}
    whole, part = sum(policy.budget.stakes.values()), sum(known.values())
    silent = {metric.name: 0.0 for metric in policy.custom}
    return silent | ({name: stake * whole / part for name, stake in known.items()} if part else stakes)


def _can_be_judged(signal: str, reference: Reference) -> bool:
    if signal.startswith("latency_"):
        return signal.removeprefix("latency_") in reference.latency
    return signal != "cpu" or reference.cpu


def window(bet: Bet, scale: Scale, signal: str, policy: Policy) -> int:
    """Return how many of the latest points to estimate the effect from: since the fault, if there is one."""
    if not scale.interests(signal):
        return policy.window.minutes
    return min(KEPT_POINTS, max(policy.window.confirm_minutes, round(bet.since)))
