"""An account into which the built template is installed, and a Lambda service that runs what was built."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from guardian_rehearsal.clock import SimulatedClock
from guardian_rehearsal.installation import Function
from guardian_rehearsal.lambda_runtime import Artifact, ProcessHost
from guardian_rehearsal.scenarios import scenario
from guardian_rehearsal.stage import BEGIN, Stage, set_stage

EVENTS = Path(__file__).parents[2] / "events"


@dataclass(frozen=True)
class Site:
    """A rehearsal's stage, and what runs its functions."""

    stage: Stage
    host: ProcessHost

    def function(self, name: str) -> Function:
        return self.stage.installation.functions[name]

    def invoke(self, name: str, event: Any) -> Any:
        return self.host.invoke(self.function(name), event)


@pytest.fixture(scope="module")
def site(artifact: Artifact) -> Iterator[Site]:
    """An account in which nothing is released."""
    with (
        set_stage(scenario("healthy"), 1, artifact.template) as stage,
        closing(ProcessHost(artifact, stage.aws.environment())) as host,
    ):
        yield Site(stage, host)


@pytest.fixture(scope="session")
def event() -> Callable[[str], dict[str, Any]]:
    """Return a fresh copy of a payload of events/, by name without `.json`."""

    def payload(name: str) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
        return data

    return payload


@pytest.fixture
def clock() -> Iterator[SimulatedClock]:
    """The clock, stopped when a rehearsal begins."""
    with SimulatedClock(BEGIN) as stopped:
        yield stopped


@pytest.fixture
def host(artifact: Artifact, clock: SimulatedClock) -> Iterator[ProcessHost]:  # noqa: ARG001 - it stops the clock
    """A Lambda service without an AWS around it, for functions that call none."""
    with closing(ProcessHost(artifact, {"AWS_REGION": "eu-west-1"})) as running:
        yield running


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Function]:
    """Return a function with the code that a test writes for it."""

    def write(code: str, files: Mapping[str, str] | None = None, **changes: Any) -> Function:
        for name, text in {"app.py": code, **(files or {})}.items():
            (tmp_path / name).write_text(text)
        settings: dict[str, Any] = {"environment": {}, "timeout": 30, **changes}
        return Function("own", "own", "arn:own", tmp_path, events={}, **settings)

    return write
