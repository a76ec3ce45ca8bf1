"""The law of errors that come in clusters, with shared incidents and blips: what an oracle knows of a minute."""

import math
from dataclasses import dataclass

TOLERATED = 1.5
"""Ratio of green's rate to blue's that is still fine."""
TOLERATED_ALONE = 0.05
"""Rate of green that is still fine when there is no blue to compare it with (the policy's `history_rate`)."""
FEW = 5
"""Requests of blue below which green is alone."""
INCIDENT_RATES = (0.003, 0.008, 0.018, 0.035)
"""Error rates that a shared incident may have, all alike."""
LEAST = 1e-6
"""A base rate that is assumed at least, so that one error is no proof."""


def log_chance(errors: float, mean: float, variance: float) -> float:
    """Return the log chance of so many errors: negative binomial, or Poisson where the variance is not larger."""
    if variance <= mean * 1.001:
        return errors * math.log(mean) - mean - math.lgamma(errors + 1)
    size = mean * mean / (variance - mean)
    p = mean / variance
    choose = math.lgamma(errors + size) - math.lgamma(size) - math.lgamma(errors + 1)
    return choose + size * math.log(p) + errors * math.log1p(-p)


@dataclass(frozen=True)
class Errors:
    """The errors of one minute and what is known of their law.

    Attributes:
        green: Green's errors.
        blue: Blue's errors.
        sent_green: Requests to green.
        sent_blue: Requests to blue.
        base: Usual rate of both.
        extra: Rate that the fault adds on green.
        cluster: Mean number of errors that come together.
        blip: Mean number of errors that replacing tasks makes on green.
        incident: Chance that the minute lies in a shared incident.
    """

    green: float
    blue: float
    sent_green: float
    sent_blue: float
    base: float
    extra: float
    cluster: float
    blip: float
    incident: float

    def log_ratio(self) -> float:
        """Return the log likelihood ratio of the fault against green at the tolerance."""
        if self.sent_blue < FEW:
            if self.base + self.extra <= TOLERATED_ALONE:
                return 0.0
            return self._green(self.base, self.extra) - self._green(TOLERATED_ALONE, 0.0)
        return self._joint(1.0, self.extra) - self._joint(TOLERATED, 0.0)

    def _joint(self, ratio: float, extra: float) -> float:
        usual = math.log1p(-self.incident) + self._both(max(self.base, LEAST), ratio, extra)
        share = math.log(self.incident / len(INCIDENT_RATES))
        odd = [share + self._both(rate + self.base, ratio, extra) for rate in INCIDENT_RATES]
        top = max(usual, *odd)
        return top + math.log(sum(math.exp(term - top) for term in (usual, *odd)))

    def _both(self, rate: float, ratio: float, extra: float) -> float:
        mean = rate * self.sent_blue
        return self._green(ratio * rate, extra) + log_chance(self.blue, mean, mean * (2 * self.cluster - 1))

    def _green(self, rate: float, extra: float) -> float:
        """Return the log chance of green's errors at a clustered `rate` and an independent `extra` one."""
        clustered, single = rate * self.sent_green, extra * self.sent_green + self.blip
        variance = clustered * (2 * self.cluster - 1) + single + self.blip**2
        return log_chance(self.green, clustered + single, variance)
