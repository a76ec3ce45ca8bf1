"""What several looks say together."""

from collections.abc import Sequence

from guardian.model import Evidence, Finding

ORDER = (Finding.DIVERGED, Finding.NO_DATA, Finding.HEALTHY)
"""From what counts most to what counts least: one wrong answer is enough, and unknown is not healthy."""


def worst(evidence: Sequence[Evidence]) -> Evidence:
    """Return the first of the worst findings; there is at least one."""
    return min(evidence, key=lambda one: ORDER.index(one.finding))
