"""Pauses, in memory."""

from guardian.model import Pause
from guardian_fakes.failing import Failing


class FakePauses(Failing):
    """Implements `Pauses`."""

    def __init__(self) -> None:
        super().__init__()
        self._pauses: dict[str, Pause] = {}

    def pause(self, deployment_id: str) -> Pause | None:
        self._called("pause")
        return self._pauses.get(deployment_id)

    def set_pause(self, deployment_id: str, pause: Pause) -> None:
        self._called("set_pause")
        self._pauses[deployment_id] = pause
