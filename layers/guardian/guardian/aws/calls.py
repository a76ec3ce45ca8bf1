"""How AWS is called, and how its errors become Guardian's."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

from guardian.errors import (
    AwsRefusedError,
    DeploymentOverError,
    DeploymentUnknownError,
    GuardianError,
    TemporaryError,
)

CONFIG = Config(
    connect_timeout=3,
    read_timeout=10,
    retries={
        "mode": "standard",
        "total_max_attempts": 2,
    },  # once more; the next turn comes in a minute anyway
)
"""Configuration of every client: a turn must end well within its function's timeout."""


@dataclass(frozen=True)
class AwsCall:
    """A call that changes production, before it is made: what is shown to people is what is sent.

    Attributes:
        service: The service by its boto3 name.
        operation: The client's method.
        parameters: Its arguments.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any]


class NotThereError(AwsRefusedError):
    """What was asked for does not exist (yet); the adapter decides what that means."""


class AlreadyThereError(AwsRefusedError):
    """What was to be made exists under this name."""


class ConditionFailedError(AwsRefusedError):
    """A conditional write met another state than it expected."""


class AlreadyAnsweredError(AwsRefusedError):
    """The lifecycle hook has been answered before."""


THROTTLED = frozenset({
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "ProvisionedThroughputExceededException", "RequestThrottled", "LimitExceeded", "TransactionInProgressException",
})  # fmt: skip
"""Error codes that mean: later (botocore's own retry tables have the same)."""
FORBIDDEN = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
KNOWN: Mapping[str, type[AwsRefusedError]] = {
    "DeploymentAlreadyCompletedException": DeploymentOverError,
    "DeploymentDoesNotExistException": DeploymentUnknownError,
    "InvalidDeploymentIdException": DeploymentUnknownError,
    "DeploymentNotStartedException": NotThereError,
    "ApplicationDoesNotExistException": NotThereError,
    "DeploymentGroupDoesNotExistException": NotThereError,
    "ParameterNotFound": NotThereError,
    "DBSnapshotAlreadyExists": AlreadyThereError,
    "DBSnapshotNotFound": NotThereError,
    "TargetGroupNotFound": NotThereError,
    "TargetGroupNotFoundException": NotThereError,
    "LifecycleEventAlreadyCompletedException": AlreadyAnsweredError,
    "ConditionalCheckFailedException": ConditionFailedError,
    "TransactionCanceledException": ConditionFailedError,
}
"""Error codes that an adapter or the loop treats in a way of their own."""


@contextmanager
def aws_call(operation: str) -> Iterator[None]:
    """Turn the errors of one call into Guardian's.

    Args:
        operation: The call as an IAM action, for example `codedeploy:GetDeployment`.

    Raises:
        TemporaryError: Throttled, failed inside AWS, or unreachable.
        AwsRefusedError: Anything else, as one of the classes in `KNOWN` where it is one of them.
    """
    try:
        yield
    except ClientError as error:
        raise _translated(operation, error) from error
    except (NoCredentialsError, PartialCredentialsError, NoRegionError) as error:
        raise AwsRefusedError(f"{operation} was not sent: {error}") from error
    except BotoCoreError as error:
        raise TemporaryError(f"{operation} did not reach AWS: {error}") from error


def _translated(operation: str, error: ClientError) -> GuardianError:
    code = error.response.get("Error", {}).get("Code", "")
    message = error.response.get("Error", {}).get("Message", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in THROTTLED or status >= 500:
        return TemporaryError(f"{operation} was answered with {code}: {message}")
    if code in FORBIDDEN:
        return AwsRefusedError(f"{operation} is not allowed: add it to the function's role ({message})")
    if code in KNOWN:
        return KNOWN[code](f"{operation} was answered with {code}: {message}")
    return AwsRefusedError(f"{operation} was refused with {code}: {message}")
