"""What the layout promises and no other tool checks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HANDLERS = sorted((ROOT / "functions").glob("*/app.py"))
PRODUCT = sorted(
    path
    for folder in ("layers", "functions", "console", "rehearsal")
    for path in (ROOT / folder).rglob("*.py")
)
LONGEST_FUNCTION = 40
LONGEST_MODULE = 250


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_sees_only_the_wiring_and_powertools(path: Path) -> None:
    """Functions parse, call and answer; everything else stands behind `guardian.wiring`."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "guardian":
            imported |= {f"guardian.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module == "guardian.wiring":
            imported.add(node.module)
        elif isinstance(node, ast.ImportFrom):
            imported.add(str(node.module).partition(".")[0])
        elif isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
    assert imported <= {"guardian.wiring", "guardian.errors", "aws_lambda_powertools", "functools", "typing"}


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.parent.name)
def test_a_handler_fits_on_one_screen(path: Path) -> None:
    """A Lambda entry point stays under 40 lines."""
    assert len(path.read_text(encoding="utf-8").splitlines()) < LONGEST_FUNCTION


def test_functions_and_modules_stay_small() -> None:
    """No function is longer than 40 lines and no module longer than 250."""
    long = []
    for path in PRODUCT:
        text = path.read_text(encoding="utf-8")
        if len(text.splitlines()) > LONGEST_MODULE:
            long.append(f"{_name(path)}: {len(text.splitlines())} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long.append(f"{_name(path)}:{node.lineno} {node.name}: {lines} lines")
    assert long == []


def test_the_layer_does_not_know_that_it_can_be_rehearsed() -> None:
    """No deployed line speaks of a rehearsal, an emulator, moto or a test."""
    words = ("rehears", "emulat", "moto", "pytest", "localhost", "ENDPOINT_URL")
    deployed = [path for path in PRODUCT if _name(path).startswith(("layers", "functions"))]
    found = [
        f"{_name(path)}: {word}"
        for path in deployed
        for word in words
        if word in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_importing_the_layer_has_no_effect_and_needs_no_environment() -> None:
    """Importing the wiring of every function makes no client and reads no variable."""
    modules = sorted(path.stem for path in (ROOT / "layers/guardian/guardian/wiring").glob("*.py"))
    assert "turn" in modules
    code = f"from guardian.wiring import {', '.join(set(modules) - {'__init__'})}"
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-c", code], env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_lock_names_no_path_and_only_the_public_index() -> None:
    """uv.lock can be used on any machine."""
    hosts = {
        line.split("https://", 1)[1].split("/", 1)[0]
        for line in (ROOT / "uv.lock").read_text(encoding="utf-8").splitlines()
        if "https://" in line
    }
    assert len(hosts) == 2
    assert "file:" not in (ROOT / "uv.lock").read_text(encoding="utf-8")
