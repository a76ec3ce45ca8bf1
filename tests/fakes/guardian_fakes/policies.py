"""Parameter Store in memory."""

from guardian.model import Service
from guardian.policy import Policy, parse_policy
from guardian_fakes.failing import Failing


class FakePolicies(Failing):
    """Implements `Policies`.

    Attributes:
        stored: The text of each service's policy, valid or not.
    """

    def __init__(self) -> None:
        super().__init__()
        self.stored: dict[Service, str] = {}

    def put(self, service: Service, **keys: object) -> None:
        """Store a policy given by its keys."""
        self.stored[service] = parse_policy(keys, "test").stored()

    def find(self, service: Service) -> Policy | None:
        self._called("find")
        text = self.stored.get(service)
        return None if text is None else parse_policy(text, where=f"/guardian/policies/{service}")

    def services(self) -> list[Service]:
        self._called("services")
        return list(self.stored)
