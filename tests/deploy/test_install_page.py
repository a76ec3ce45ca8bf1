"""docs/install.md: its numbered commands are run as they stand there, in a fresh copy of the checkout."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.ministack
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
GROUPS = "arn:aws:codedeploy:eu-west-1:000000000000:deploymentgroup:ecommerce-bluegreen/*"


class Person:
    """Types commands into one shell session, in a directory of their own."""

    def __init__(self, account: Any, directory: Path, home: Path) -> None:
        self._environment = account.environment | {
            "EDITOR": "true",  # content with the example as it is
            # The layer for the interpreter that will run it, as layers/guardian/Makefile offers.
            "PYVER": f"{sys.version_info.major}.{sys.version_info.minor}",
            "ARCH": os.uname().machine,
            "UV_TOOL_DIR": str(home / "tools"),
        }
        self._environment.pop("UV", None)
        self._directory, self._session = directory, home / "session"
        self._session.write_text("")

    def types(self, command: str, answers: str = "") -> str:
        session = shlex.quote(str(self._session))
        done = subprocess.run(  # noqa: S603 - what the page says
            ["bash", "-ec", f"source {session}\n{command}\nexport -p > {session}"],  # noqa: S607
            cwd=self._directory, env=self._environment, input=answers, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}"
        return done.stdout


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the files under version control, and nothing else."""
    copy = tmp_path_factory.mktemp("checkout")
    git = shutil.which("git") or pytest.skip("git is not installed")
    listed = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    for name in filter(None, listed.stdout.split("\0")):
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    return copy


def test_there_are_fewer_than_ten() -> None:
    """The way to the first guarded deployment has nine numbered commands."""
    assert re.findall(r"^\*\*(\d+)\.\*\*", PAGE, re.MULTILINE) == [str(n) for n in range(1, 10)]


def test_the_pages_commands_install_and_remove(
    start: Any, artifact: Mapping[str, Any], checkout: Path, tmp_path: Path
) -> None:
    """Commands 1 to 8 end in a stack whose functions run and whose policy is stored; the last one removes it."""
    account = start()
    bins = tmp_path / "bin"
    bins.mkdir()
    (bins / "aws").write_text(account.aws())
    (bins / "aws").chmod(0o755)
    person = Person(account, checkout, tmp_path)
    person.types(f"export PATH={shlex.quote(str(bins))}:$PATH")
    *install, remove = COMMANDS
    said = []
    for command in install:
        said.append(person.types(command, account.answers("guardian", artifact, GROUPS)))
        if command.startswith("sam build"):
            built = checkout / ".aws-sam" / "build" / "template.yaml"
            shutil.move(account.accepts(built), built)
    assert "/guardian/policies/ecommerce-bluegreen/ecommerce-bluegreen-deployment-group stored" in said[5]
    for hook in re.findall(r"CodeDeployHook_guardian_\w+", PAGE):
        assert f'"{hook}"' in said[6]
    stack = account.stack("guardian")
    assert stack.invoke("Tick", {})["asked"] == []
    alarms = account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    listed = re.findall(r"alarms=\[\{name=([\w-]+)\}\]", PAGE)
    assert set(listed) <= {one["AlarmName"] for one in alarms}
    assert len(listed) == 1
    person.types(remove)
    assert account.client("lambda").list_functions()["Functions"] == []
