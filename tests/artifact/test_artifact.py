"""What was built is played only while it is what the sources say."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from sysconfig import get_config_var

import pytest

from guardian_rehearsal.lambda_runtime import Artifact, ArtifactNotBuiltError
from guardian_rehearsal.lambda_runtime.artifact import INPUTS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of a few files."""
    folder = tmp_path / "checkout"
    for path in ("template.yaml", "uv.lock", "functions/tick/app.py", "layers/guardian/Makefile"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path)
    return folder


@pytest.fixture
def copy(checkout: Path, tmp_path: Path) -> Artifact:
    """What was built from it."""
    folder = tmp_path / "here"
    shutil.copytree(checkout, folder / "inputs")
    (folder / "clock").mkdir()
    (folder / "clock" / f"_time_machine{get_config_var('EXT_SUFFIX')}").touch()
    return Artifact(folder)


def test_what_was_built_from_these_sources_may_be_played(checkout: Path, copy: Artifact) -> None:
    """Compiled modules that appear afterwards make no difference."""
    (checkout / "functions/tick/__pycache__").mkdir()
    (checkout / "functions/tick/__pycache__/app.cpython-311.pyc").touch()
    copy.require(checkout)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        pytest.param("template.yaml", "changed", id="template"),
        pytest.param("uv.lock", "changed", id="lock"),
        pytest.param("layers/guardian/Makefile", "changed", id="recipe"),
        pytest.param("layers/guardian/guardian/new.py", "", id="new module"),
        pytest.param("functions/tick/app.py", None, id="removed"),
    ],
)
def test_changed_sources_ask_for_a_new_build(
    checkout: Path, copy: Artifact, path: str, text: str | None
) -> None:
    """A file that was changed, added or removed is named, together with the command."""
    if text is None:
        (checkout / path).unlink()
    else:
        (checkout / path).parent.mkdir(exist_ok=True)
        (checkout / path).write_text(text)
    with pytest.raises(
        ArtifactNotBuiltError, match=f"^{path} has changed since the build: run `make build-here`"
    ):
        copy.require(checkout)


def test_another_pythons_artifact_asks_for_a_new_build(checkout: Path, copy: Artifact) -> None:
    """Compiled libraries fit one version of Python."""
    next(copy.clock.iterdir()).unlink()
    with pytest.raises(ArtifactNotBuiltError, match="another Python: run `make build-here`"):
        copy.require(checkout)


def test_the_build_keeps_what_it_depends_on(artifact: Artifact) -> None:
    """The target build-here copies what is compared."""
    assert sorted(one.name for one in (artifact.folder / "inputs").iterdir()) == sorted(INPUTS)


def test_the_command_says_how_to_build(tmp_path: Path) -> None:
    """In a checkout where nothing is built --artifact is refused with the command that builds, exit code 2."""
    for part in ("console", "rehearsal", "layers"):
        shutil.copytree(ROOT / part, tmp_path / part)
    path = os.pathsep.join(str(tmp_path / part) for part in ("layers/guardian", "console", "rehearsal"))
    done = subprocess.run(
        [sys.executable, "-c", "from guardian_console.main import run; run()", "rehearse", "--artifact"],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "run `make build-here`" in done.stderr
