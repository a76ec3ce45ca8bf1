"""How an invocation can fail, with the types and the words that Lambda answers the caller with."""

import signal


class FunctionError(Exception):
    """An invocation that has no answer.

    Attributes:
        error_type: Lambda's `errorType`.
        message: Lambda's `errorMessage`.
        trace: Lambda's `stackTrace`, empty where there is none.
    """

    def __init__(self, error_type: str, message: str, trace: tuple[str, ...] = ()) -> None:
        super().__init__(f"{error_type}: {message}")
        self.error_type = error_type
        self.message = message
        self.trace = trace


class HandlerError(FunctionError):
    """The handler raised; the process stays and takes the next event."""


class InitError(FunctionError):
    """The code could not be loaded: a module, the handler or something that they need is missing."""


class FunctionTimedOutError(FunctionError):
    """The function was not done in its time, and its process was killed."""

    def __init__(self, request_id: str, seconds: float) -> None:
        super().__init__(
            "Sandbox.Timedout", f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
        )


class FunctionExitedError(FunctionError):
    """The process ended without an answer."""

    def __init__(self, request_id: str, status: int) -> None:
        ended = (
            f"exit status {status}" if status >= 0 else f"signal: {str(signal.strsignal(-status)).lower()}"
        )
        super().__init__(
            "Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {ended}"
        )
