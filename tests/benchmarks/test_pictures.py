"""The pictures of the documentation; they are only drawn where the group `benchmarks` is installed."""

import json
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pytest
from benchmarks.decision_quality.curve import as_data, points
from benchmarks.decision_quality.faults import Fault, Kind
from benchmarks.decision_quality.generator import Order
from benchmarks.decision_quality.play import GUARDIAN, ORACLE, Call, Played, Task

NAMES = ("curve.svg", "evidence.svg", "healthy.svg")


@pytest.fixture
def pictures() -> ModuleType:
    """The module that draws, where there is anything to draw with."""
    pytest.importorskip("matplotlib")
    from benchmarks.decision_quality import pictures as module

    return module


@pytest.fixture
def curve(tmp_path: Path) -> Path:
    """A curve of one healthy and one faulty deployment."""
    task = Task("any", 1, Order())
    calls = {
        ORACLE: Call(2, 0.1, 0.0),
        **{name: Call(4, 0.1, 0.0) for name in (GUARDIAN, "budget.alpha 0.05")},
    }
    faulty = Played(task, Fault(Kind.LATENCY, 2.0), 600, "linear", calls)
    alphas = [
        point for point in points([Played(task, None, 600, "linear")], [faulty]) if point.minutes is not None
    ]
    path = tmp_path / "curve.json"
    path.write_text(json.dumps(as_data(alphas, {"healthy": 1})), encoding="utf-8")
    return path


def test_pictures_are_drawn_alike_each_time(pictures: ModuleType, curve: Path, tmp_path: Path) -> None:
    """Two runs write the same bytes: neither the hour nor chance is in them, and each is a picture."""
    for folder in ("first", "second"):
        assert pictures.main(["--out", str(tmp_path / folder), "--curve", str(curve)]) == 0
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / folder).iterdir()}
        for folder in ("first", "second")
    )
    assert first == second
    assert sorted(first) == list(NAMES)
    assert all(ET.fromstring(drawn).tag.endswith("svg") for drawn in first.values())  # noqa: S314 - our own


def test_without_a_measured_curve_the_other_pictures_are_drawn(
    pictures: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing is named with the command that measures it, and the command fails."""
    assert pictures.main(["--out", str(tmp_path), "--curve", str(tmp_path / "none.json")]) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence.svg", "healthy.svg"]
    assert "--curve --full --json" in capsys.readouterr().out
