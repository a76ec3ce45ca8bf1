"""Measures every function with and without the layer's bytecode, all in one run and in turns."""

import os
import platform
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.cold_start.process import CALLS, Start, import_times, start, start_nothing, write_bytecode
from guardian_rehearsal.lambda_runtime import Artifact
from guardian_rehearsal.template import ROOT

TOP = 5
"""Packages that are named for each function."""


@dataclass(frozen=True)
class Measured:
    """What one run came to.

    Attributes:
        machine: Processor, number of them, Python.
        runs: How often each was started.
        bare: Median processor seconds of an interpreter that does nothing.
        without: Medians by function, when the layer holds no bytecode, as it is deployed.
        compiled: The same with bytecode in the layer.
        dearest: By function the packages whose modules take longest to import without bytecode, and their seconds.
        bytecode: MB of bytecode that the functions load from the layer.
    """

    machine: str
    runs: int
    bare: float
    without: Mapping[str, Start]
    compiled: Mapping[str, Start]
    dearest: Mapping[str, Mapping[str, float]]
    bytecode: float


def measure(runs: int, artifact: Artifact | None = None) -> Measured:
    """Start every function `runs` times in both ways.

    Raises:
        ArtifactNotBuiltError: `make build-here` has not built what the sources say.
    """
    artifact = artifact or Artifact()
    artifact.require()
    layer = artifact.folder / "GuardianLayer" / "python"
    paths = {name: (ROOT / "functions" / name, layer, artifact.runtime) for name in CALLS}
    with TemporaryDirectory() as folder:
        compiled, without = Path(folder) / "compiled", Path(folder) / "without"
        for name, path in paths.items():
            write_bytecode(name, path, compiled)
        # Lambda's runtime has been compiled; what we put there has not.
        shutil.copytree(compiled, without)
        for ours in (layer, ROOT / "functions"):
            shutil.rmtree(without / ours.relative_to(ours.anchor))
        kept = compiled / layer.relative_to(layer.anchor)
        size = sum(one.stat().st_size for one in kept.rglob("*.pyc")) / 1e6
        return _measured(paths, compiled, without, runs, size)


def _measured(
    paths: Mapping[str, tuple[Path, ...]], compiled: Path, without: Path, runs: int, size: float
) -> Measured:
    bare: list[float] = []
    starts: dict[tuple[str, Path], list[Start]] = {
        (name, cache): [] for name in paths for cache in (compiled, without)
    }
    for _ in range(runs):  # in turns, so that a busy moment of the machine meets all alike
        bare.append(start_nothing(compiled))
        for (name, cache), seen in starts.items():
            seen.append(start(name, paths[name], cache))
    return Measured(
        machine=f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}",
        runs=runs,
        bare=median(bare),
        without={name: _median(starts[name, without]) for name in paths},
        compiled={name: _median(starts[name, compiled]) for name in paths},
        dearest={name: _dearest(import_times(path, without)) for name, path in paths.items()},
        bytecode=size,
    )


def _median(starts: list[Start]) -> Start:
    return Start(
        imports=median(one.imports for one in starts),
        clients=median(one.clients for one in starts),
        peak=median(one.peak for one in starts),
    )


def _dearest(times: Mapping[str, float]) -> dict[str, float]:
    return dict(sorted(times.items(), key=lambda item: -item[1])[:TOP])
