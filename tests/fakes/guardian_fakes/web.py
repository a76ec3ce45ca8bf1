"""HTTP in memory."""

import json
from collections.abc import Callable

from guardian.errors import UnreachableError
from guardian.model import HttpAnswer, HttpRequest
from guardian_fakes.failing import Failing

Page = Callable[[HttpRequest], HttpAnswer]


class FakeWeb(Failing):
    """Implements `Web`: nobody is at home until a test puts a page at a URL.

    Attributes:
        asked: Every request, oldest first.
    """

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[HttpRequest] = []
        self._pages: dict[tuple[str, str], Page] = {}

    def put(self, method: str, url: str, status: int = 200, body: object = None) -> None:
        """Answer a method at a URL: text as it is, anything else as JSON."""
        text = body if isinstance(body, str) else json.dumps(body)
        self.serve(method, url, lambda _: HttpAnswer(status=status, body=text))

    def serve(self, method: str, url: str, page: Page) -> None:
        """Answer a method at a URL by a function of the request."""
        self._pages[method, url] = page

    def ask(self, request: HttpRequest) -> HttpAnswer:
        self.asked.append(request)
        self._called("ask")
        page = self._pages.get((request.method, request.url))
        if page is None:
            raise UnreachableError(f"NewConnectionError: nobody is at {request.url}")
        return page(request)
