"""How errors of AWS become Guardian's."""

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    NoRegionError,
    ReadTimeoutError,
)

from guardian.aws.calls import (
    FORBIDDEN,
    KNOWN,
    THROTTLED,
    AlreadyAnsweredError,
    ConditionFailedError,
    NotThereError,
    aws_call,
)
from guardian.errors import AwsRefusedError, DeploymentOverError, DeploymentUnknownError, TemporaryError

OPERATION = "codedeploy:GetDeployment"


def client_error(code: str, status: int = 400, message: str = "as AWS says") -> ClientError:
    """Return an error as botocore raises it."""
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "GetDeployment")  # type: ignore[arg-type]


def raised(error: Exception) -> Exception:
    """Return what a call that fails like this raises."""
    with pytest.raises(Exception) as caught, aws_call(OPERATION):
        raise error
    return caught.value


@pytest.mark.parametrize("code", sorted(THROTTLED))
def test_throttling_is_temporary(code: str) -> None:
    """Every code that means "later" is temporary, and the message has operation, code and AWS's words."""
    error = raised(client_error(code))
    assert type(error) is TemporaryError
    assert str(error) == f"{OPERATION} was answered with {code}: as AWS says"


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@pytest.mark.parametrize("code", ["InternalFailure", "SomethingNew"])
def test_a_failure_inside_aws_is_temporary(code: str, status: int) -> None:
    """An answer of the 5XX class is temporary whatever its code."""
    assert type(raised(client_error(code, status))) is TemporaryError


@pytest.mark.parametrize("code", sorted(FORBIDDEN))
def test_a_missing_permission_is_named(code: str) -> None:
    """A refusal for want of a permission names the permission to add and keeps what AWS says."""
    error = raised(client_error(code, 403, "User: arn:x is not authorized"))
    assert type(error) is AwsRefusedError
    assert str(error).startswith(f"{OPERATION} is not allowed: add it to the function's role")
    assert "arn:x" in str(error)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("DeploymentAlreadyCompletedException", DeploymentOverError),
        ("DeploymentDoesNotExistException", DeploymentUnknownError),
        ("ApplicationDoesNotExistException", NotThereError),
        ("DeploymentGroupDoesNotExistException", NotThereError),
        ("InvalidDeploymentIdException", DeploymentUnknownError),
        ("DeploymentNotStartedException", NotThereError),
        ("ParameterNotFound", NotThereError),
        ("LifecycleEventAlreadyCompletedException", AlreadyAnsweredError),
        ("ConditionalCheckFailedException", ConditionFailedError),
    ],
)
def test_known_codes_have_their_own_error(code: str, kind: type[AwsRefusedError]) -> None:
    """A code that the loop or an adapter treats in its own way has its own class."""
    assert type(raised(client_error(code))) is kind


def test_known_codes_are_refusals() -> None:
    """Whoever does not care which known code it was may treat it as a refusal."""
    assert all(issubclass(kind, AwsRefusedError) for kind in KNOWN.values())
    assert not issubclass(AwsRefusedError, TemporaryError)


def test_an_unknown_code_is_a_refusal() -> None:
    """Any other answer of the 4XX class is refused with its code, and is not tried again."""
    error = raised(client_error("InvalidApplicationNameException"))
    assert type(error) is AwsRefusedError
    assert "was refused with InvalidApplicationNameException" in str(error)


@pytest.mark.parametrize(
    "error",
    [
        EndpointConnectionError(endpoint_url="https://codedeploy"),
        ConnectTimeoutError(endpoint_url="https://codedeploy"),
        ReadTimeoutError(endpoint_url="https://codedeploy"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_does_not_arrive_is_temporary(error: Exception) -> None:
    """A call that does not reach AWS, or whose answer does not come, is temporary."""
    assert type(raised(error)) is TemporaryError


@pytest.mark.parametrize(
    "error", [NoCredentialsError(), NoRegionError()], ids=lambda error: type(error).__name__
)
def test_a_call_that_cannot_be_sent_is_a_refusal(error: Exception) -> None:
    """Without credentials or region trying again does not help."""
    assert type(raised(error)) is AwsRefusedError


@pytest.mark.parametrize(
    "cause", [client_error("Throttling"), client_error("ParameterNotFound"), NoCredentialsError()], ids=repr
)
def test_the_cause_is_chained(cause: Exception) -> None:
    """What botocore raised is kept as the cause."""
    assert raised(cause).__cause__ is cause


@pytest.mark.parametrize("error", [ValueError("ours"), KeyError("ours")], ids=repr)
def test_other_errors_pass(error: Exception) -> None:
    """An error that is not of AWS is left as it is."""
    assert raised(error) is error


def test_an_answer_without_error_details_is_a_refusal() -> None:
    """An error whose answer has no details is a refusal rather than a failure of the translation."""
    assert type(raised(ClientError({}, "GetDeployment"))) is AwsRefusedError


def test_success_passes() -> None:
    """A call that succeeds is left alone."""
    with aws_call(OPERATION):
        answer = 42
    assert answer == 42
