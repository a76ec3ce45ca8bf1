"""Which services an installation may act on."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from guardian.model.words import Service, Value

MARK = ":deploymentgroup:"


class Reach(Value):
    """The deployment groups that an installation names, as patterns of `application/deployment group`.

    Whatever a policy says, a service that is not named is observed and not acted on.
    """

    patterns: tuple[str, ...]

    @classmethod
    def of_arns(cls, arns: Sequence[str]) -> "Reach":
        """Read ARNs of deployment groups, whose names may hold `*` and `?`.

        Raises:
            ValueError: One is not the ARN of a deployment group.
        """
        for arn in arns:
            if MARK not in arn or "/" not in arn.partition(MARK)[2]:
                raise ValueError(f"{arn!r} is not the ARN of a CodeDeploy deployment group")
        return cls(patterns=tuple(arn.partition(MARK)[2] for arn in arns))

    def names(self, service: Service) -> bool:
        """Tell whether the installation names the service."""
        # An ARN is `application/group`; brackets are no wildcards there as they are for fnmatch.
        return any(fnmatchcase(str(service), pattern.replace("[", "[[]")) for pattern in self.patterns)
