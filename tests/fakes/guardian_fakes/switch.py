"""The production listener as the only thing that moves traffic, in memory."""

from collections.abc import Mapping, Sequence

from guardian.errors import ListenerChangedError, ListenerMismatchError
from guardian_fakes.codedeploy import BLUE, FakeCodeDeploy
from guardian_fakes.failing import Failing

GAP = 0.005
"""Difference in share above which the listener counts as moved by somebody else."""


class FakeSwitch(Failing):
    """Implements `Switch` over the listener that the fake CodeDeploy shares.

    Attributes:
        routed: Weights that were written, oldest first.
    """

    def __init__(self, codedeploy: FakeCodeDeploy, calls: list[str] | None = None) -> None:
        super().__init__(calls)
        self._codedeploy = codedeploy
        self.routed: list[Mapping[str, int]] = []

    def weights(self, listener_arn: str, pair: Sequence[str]) -> Mapping[str, float]:
        self._called("weights")
        if self._codedeploy.strangers:
            raise ListenerMismatchError(f"{listener_arn} forwards to {self._codedeploy.strangers}")
        green = self._codedeploy.weight
        return {arn: 1 - green if arn == BLUE.arn else green for arn in pair}

    def route(self, listener_arn: str, expected: Mapping[str, float], wanted: Mapping[str, int]) -> str:
        self._called("route")
        now = self.weights(listener_arn, list(wanted))
        if any(abs(now[arn] - share) > GAP for arn, share in expected.items()):
            raise ListenerChangedError(f"{listener_arn} has been moved by somebody else: {dict(now)}")
        self.routed.append(dict(wanted))
        self._codedeploy.weight = 1 - wanted[BLUE.arn] / sum(wanted.values())
        return f"swap-{len(self.routed)}"
