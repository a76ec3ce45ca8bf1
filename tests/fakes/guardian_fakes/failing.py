"""What all fakes share: they remember their calls, and fail when told."""


class Failing:
    """Remembers which methods were called, and raises what the test asks for.

    Attributes:
        calls: Names of the methods called, oldest first; fakes that share the list show the order between them.
    """

    def __init__(self, calls: list[str] | None = None) -> None:
        self.calls: list[str] = [] if calls is None else calls
        self._failures: dict[str, tuple[Exception, int | None]] = {}

    def fail(self, method: str, error: Exception, times: int | None = None) -> None:
        """Let a method raise an error, so many times or until `heal`."""
        self._failures[method] = (error, times)

    def heal(self) -> None:
        """Let everything succeed again."""
        self._failures.clear()

    def _called(self, method: str) -> None:
        self.calls.append(method)
        error, times = self._failures.get(method, (None, None))
        if error is None or times == 0:
            return
        if times is not None:
            self._failures[method] = (error, times - 1)
        raise error
