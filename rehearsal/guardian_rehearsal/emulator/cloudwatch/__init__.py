"""CloudWatch over moto's: an indexed metric store, GetMetricData as AWS answers it, alarms that fire."""

from moto.cloudwatch.models import cloudwatch_backends

from .models import CloudWatchBackend

__all__ = ["CloudWatchBackend", "cloudwatch_backend", "install"]


def install() -> None:
    """Make every CloudWatch backend that moto creates from now on an extended one; again does nothing.

    Backends that exist are dropped with their data: install before use.
    """
    if cloudwatch_backends.backend is CloudWatchBackend:
        return
    cloudwatch_backends.backend = CloudWatchBackend
    cloudwatch_backends.clear()


def cloudwatch_backend(account_id: str, region: str) -> CloudWatchBackend:
    """Return the backend of an account and region, made on first use.

    Raises:
        TypeError: `install()` was not called before moto made the backend.
    """
    backend = cloudwatch_backends[account_id][region]
    if not isinstance(backend, CloudWatchBackend):
        raise TypeError("Call guardian_rehearsal.emulator.cloudwatch.install() before using CloudWatch")
    return backend
