"""Lets functions that share a process have credentials of their own, as processes of their own would."""

from functools import cache
from typing import Any

import boto3
import botocore.session


class _LooksAnew(botocore.session.Session):
    """Reads the environment's credentials for every client, where botocore keeps what it read first."""

    def get_credentials(self) -> Any:
        self._credentials = None
        return super().get_credentials()


@cache
def _session() -> boto3.Session:
    return boto3.Session(botocore_session=_LooksAnew())


def look_anew() -> None:
    """Have each client made in this process from now on take the credentials that the environment holds then."""
    boto3.DEFAULT_SESSION = _session()
