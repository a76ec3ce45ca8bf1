"""The layer, built for AWS as `sam build` has it built."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that Lambda mounts at /opt, made by the layer's own recipe from the lock."""
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".boot/bin/uv")
    make = shutil.which("make")
    if make is None or shutil.which(uv) is None:
        pytest.skip("make and uv, which build the layer, are not both on this machine")
    folder = tmp_path_factory.mktemp("layer")
    subprocess.run(  # noqa: S603 - our own Makefile
        [make, "-s", "-f", "layers/guardian/Makefile", "build-GuardianLayer", f"ARTIFACTS_DIR={folder}", f"UV={uv}"],
        cwd=ROOT, check=True,
    )  # fmt: skip
    return folder
