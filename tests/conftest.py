"""What several folders of tests need."""

import fcntl
import shutil
import subprocess
from pathlib import Path

import pytest

from guardian_rehearsal.lambda_runtime import Artifact, ArtifactNotBuiltError

ROOT = Path(__file__).parents[1]


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
