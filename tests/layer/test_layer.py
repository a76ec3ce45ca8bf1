"""What is put on AWS: how large it is, for which processor and which Python, and what is not in it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from guardian_rehearsal.template import load_template

ROOT = Path(__file__).parents[2]
MOST = 20.0
"""Megabytes (10^6 bytes) of files; AWS allows 250 MiB for all layers and the function together."""
ELF_MACHINES = {"x86_64": 62, "arm64": 183}
"""`e_machine` of an ELF header by Lambda's name of the architecture."""


def files(layer: Path) -> Iterator[Path]:
    return (path for path in layer.rglob("*") if path.is_file())


def megabytes(layer: Path) -> float:
    return sum(path.stat().st_size for path in files(layer)) / 1e6


def libraries(layer: Path) -> list[Path]:
    """Return every compiled library: those that Python imports and those that these need."""
    return [path for path in files(layer) if re.search(r"\.so(\.|$)", path.name)]


@pytest.fixture
def deployed() -> dict[str, Any]:
    """What the template says of every function."""
    said: dict[str, Any] = load_template()["Globals"]["Function"]
    return said


def test_the_layer_is_small(layer: Path) -> None:
    """The files of the layer weigh at most 20 MB."""
    assert megabytes(layer) <= MOST


def test_the_readme_tells_the_layers_size(layer: Path) -> None:
    """The figure in the README is that of the layer, to a tenth of a megabyte or two."""
    told = re.search(r"layer of ([\d.]+) MB", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert told is not None
    assert float(told.group(1)) == pytest.approx(megabytes(layer), abs=0.2)


def test_compiled_code_is_for_the_functions_processor(layer: Path, deployed: dict[str, Any]) -> None:
    """Each library's ELF header names the architecture of the template."""
    (architecture,) = deployed["Architectures"]
    headers = {path.name: path.read_bytes()[:20] for path in libraries(layer)}
    assert headers
    assert {name for name, header in headers.items() if header[:4] != b"\x7fELF"} == set()
    machines = {int.from_bytes(header[18:20], "little") for header in headers.values()}
    assert machines == {ELF_MACHINES[architecture]}


def test_compiled_modules_are_for_the_functions_python(layer: Path, deployed: dict[str, Any]) -> None:
    """Each extension module carries the tag of the template's Python and no other."""
    wanted = "cpython-" + deployed["Runtime"].removeprefix("python").replace(".", "")
    tags = {found.group() for path in libraries(layer) if (found := re.search(r"cpython-\d+", path.name))}
    assert tags == {wanted}


@pytest.mark.parametrize(
    "package", ["boto3", "botocore", "s3transfer", "awslambdaric", "moto", "typer", "numpy"]
)
def test_the_layer_holds_nothing_that_lambda_brings_or_only_people_need(layer: Path, package: str) -> None:
    """Lambda's own boto3 is used, and the console and the rehearsal stay at home."""
    assert (layer / "python" / "guardian" / "wiring").is_dir()
    assert not (layer / "python" / package).exists()


def test_the_layer_holds_nothing_that_no_function_can_load(layer: Path) -> None:
    """No library's tests, no type stubs, no static libraries, and no bytecode of the builder's Python."""
    useless = {".pyc", ".pyi", ".a"}
    folders = {"tests", "__pycache__"}
    found = [
        str(path.relative_to(layer))
        for path in layer.rglob("*")
        if path.suffix in useless or (path.is_dir() and path.name in folders)
    ]
    assert found == []
