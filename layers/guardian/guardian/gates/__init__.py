"""Gates: what one look at a migration task, a health page or a probe says. Pure."""

from guardian.gates.health import Versions, judge_health
from guardian.gates.migration import judge_migration
from guardian.gates.probes import Step, fill, judge_answer

__all__ = ["Step", "Versions", "fill", "judge_answer", "judge_health", "judge_migration"]
