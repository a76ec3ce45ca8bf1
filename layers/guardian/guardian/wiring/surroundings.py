"""What a function finds around it: the machine's clock and its own environment variables."""

import os
from datetime import UTC, datetime

from guardian.errors import SettingMissingError


class SystemClock:
    """The machine's clock; Lambda keeps it in time with AWS's."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def setting(name: str) -> str:
    """Return an environment variable.

    Raises:
        SettingMissingError: It is not set, or empty.
    """
    value = os.environ.get(name)
    if not value:
        raise SettingMissingError(
            f"the environment variable {name} is not set; template.yaml sets it for each function"
        )
    return value
