"""The marks of contract migrations, in memory."""

from guardian.model import Contract, Service
from guardian_fakes.failing import Failing


class FakeContracts(Failing):
    """Implements `Contracts`."""

    def __init__(self) -> None:
        super().__init__()
        self._marks: dict[tuple[Service, str], Contract] = {}

    def contract(self, service: Service, deployment_id: str) -> Contract | None:
        self._called("contract")
        return self._marks.get((service, deployment_id))

    def mark_contract(self, contract: Contract) -> Contract:
        self._called("mark_contract")
        return self._marks.setdefault((contract.service, contract.deployment_id), contract)
