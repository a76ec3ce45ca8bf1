"""What several folders of tests need."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

from guardian_rehearsal.lambda_runtime import Artifact, ArtifactNotBuiltError
from guardian_rehearsal.scenarios import SCENARIOS

ROOT = Path(__file__).parents[1]
NAMES = frozenset(one.name for one in SCENARIOS)


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send all tests of one rehearsal to the same process, which plays it once, and those of a file that share a stage."""
    for item in items:
        name = getattr(item, "callspec", None) and item.callspec.params.get("name")  # type: ignore[attr-defined]
        item.add_marker(pytest.mark.xdist_group(name if name in NAMES else item.nodeid.partition("::")[0]))


@pytest.fixture(scope="session")
def artifact() -> Artifact:
    """The artifact for this machine, built by the first test that needs it if the sources have changed."""
    built, make = Artifact(), shutil.which("make")
    built.folder.parent.mkdir(exist_ok=True)
    with (built.folder.parent / "building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run in several processes
        try:
            built.require()
        except ArtifactNotBuiltError:
            if make is None:
                pytest.skip("make, which builds the artifact, is not on this machine")
            subprocess.run([make, "build-here"], cwd=ROOT, check=True)  # noqa: S603 - our own Makefile
    return built
