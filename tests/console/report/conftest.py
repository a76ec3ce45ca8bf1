"""Recordings that pages are made of, and a real browser that looks at them."""

import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from guardian.model import Minute
from guardian.record import DecisionRecord
from guardian_console.recordings import Recording
from guardian_console.tapes import tapes
from guardian_rehearsal.ending import Ending

Played = Callable[[str], Ending]
Recorded = Callable[[str], Recording]
HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(2)>' $x^2$ {{ 7 * 7 }} </svg></style>"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--hide-scrollbars", "--remote-debugging-pipe",
)  # fmt: skip
PATIENCE = 30.0
"""Seconds after which a browser that says nothing is given up."""


class Chromium:
    """A headless browser with one page, spoken to in the DevTools protocol over its own pipe."""

    def __init__(self, program: str, profile: Path) -> None:
        (theirs_in, ours_out), (ours_in, theirs_out) = os.pipe(), os.pipe()
        # bash gives it the numbers 3 and 4; ours must not be among them.
        theirs = [fcntl.fcntl(one, fcntl.F_DUPFD, 10) for one in (theirs_in, theirs_out)]
        numbered = f'exec "$@" 3<&{theirs[0]} 4>&{theirs[1]}'
        self._process = subprocess.Popen(  # noqa: S603 - the machine's own browser
            ["bash", "-c", numbered, "bash", program, *QUIET, f"--user-data-dir={profile}"],  # noqa: S607
            pass_fds=theirs, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for one in (theirs_in, theirs_out, *theirs):
            os.close(one)
        self._in, self._out, self._buffer, self._number = ours_in, ours_out, b"", 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Log", "Runtime", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol and return its result; events that come before it are kept."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        told = message | ({"sessionId": self._session} if self._session else {})
        os.write(self._out, json.dumps(told).encode() + b"\0")
        while True:
            reply = self._read()
            if reply.get("id") == self._number:
                assert "error" not in reply, reply
                result: dict[str, Any] = reply["result"]
                return result
            self.events.append(reply)

    def open(self, page: Path, width: int, height: int, scheme: str = "light", media: str = "") -> None:
        """Show a file as a reader with such a screen and such a preference sees it, and wait until it is loaded."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500
        )  # fmt: skip
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        while not self.heard("Page.loadEventFired"):
            self.events.append(self._read())

    def heard(self, method: str) -> list[dict[str, Any]]:
        """Return what the browser reported of one kind since the page was opened."""
        return [one["params"] for one in self.events if one.get("method") == method]

    def ask(self, expression: str) -> Any:
        """Return the value of an expression on the page."""
        reply = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in reply, reply
        return reply["result"].get("value")

    def press(self, key: str, code: int) -> None:
        """Press a key."""
        for kind in ("rawKeyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, code=key, windowsVirtualKeyCode=code)

    def close(self) -> None:
        """End the browser."""
        self._process.kill()
        self._process.wait()
        os.close(self._in)
        os.close(self._out)

    def _read(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            part = os.read(self._in, 1 << 20) if ready else b""
            assert part, "the browser says nothing"
            self._buffer += part
        message, _, self._buffer = self._buffer.partition(b"\0")
        told: dict[str, Any] = json.loads(message)
        return told


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    """A real browser; the test is skipped where the machine has none."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("no Chromium on this machine; Debian's package chromium brings one")
    browser = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def recorded(played: Played) -> Recorded:
    """Return what the table holds of a scenario's deployment."""

    @cache
    def of(name: str) -> Recording:
        ending = played(name)
        (tape,) = tapes((line.encode() for line in ending.tape), name)
        history: tuple[Minute, ...] = tuple(row for row in tape.minutes if row.minute < 0)
        return Recording(ending.deployment_id, ending.stored, history)

    return of


@pytest.fixture(scope="session")
def hostile(recorded: Recorded) -> tuple[str, Recording]:
    """Return a text that is markup, and a recording with it in every place that is filled from outside."""
    recording = recorded("latency")
    return HOSTILE, Recording(HOSTILE, tuple(map(_poisoned, recording.records)), recording.history)


def _poisoned(record: DecisionRecord) -> DecisionRecord:
    """Return a record with markup in every text that comes from outside."""
    rows = [
        row.model_copy(update={
            side: colour.model_copy(update={"custom": {HOSTILE: (1.0, 2.0)}})
            for side, colour in (("blue", row.blue), ("green", row.green)) if colour
        })
        for row in record.minutes
    ]  # fmt: skip
    evidence = [
        one.model_copy(update={"signal": HOSTILE, "sentence": HOSTILE, "unit": HOSTILE, "dropped": (HOSTILE,)})
        if one.signal in ("latency_p50", "cpu") else one
        for one in record.evidence
    ]  # fmt: skip
    actions = [
        one.model_copy(update={"detail": HOSTILE, "request_id": HOSTILE, "reason": HOSTILE})
        for one in record.actions
    ]
    return record.model_copy(update={
        "sentence": HOSTILE, "notes": (HOSTILE,), "why": HOSTILE, "minutes": tuple(rows), "evidence": tuple(evidence),
        "actions": tuple(actions), "service": record.service.model_copy(update={"application": HOSTILE}),
    })  # fmt: skip
