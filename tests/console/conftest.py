"""Rehearsals whose records and logs the commands read; each is played once."""

from collections.abc import Callable
from pathlib import Path

import pytest
from guardian_fakes import rehearsals

from guardian_rehearsal.ending import Ending

Played = Callable[[str], Ending]
Kept = Callable[[str], "Files"]


class Files:
    """What one rehearsal leaves: the log, the records of the table and the tape, as files.

    Attributes:
        ending: The rehearsal.
        log: Every line of the functions.
        records: The decisions, a line each.
        tape: The deployment as a tape.
    """

    def __init__(self, ending: Ending, folder: Path) -> None:
        self.ending = ending
        self.log = self._file(folder / "functions.log", ending.log)
        self.records = self._file(folder / "records.jsonl", [one.to_json() for one in ending.stored])
        self.tape = self._file(folder / "release.tape", ending.tape)

    @property
    def release(self) -> str:
        """Id of the deployment."""
        return self.ending.deployment_id

    def _file(self, path: Path, lines: list[str] | tuple[str, ...]) -> Path:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return path


@pytest.fixture(scope="session")
def played() -> Played:
    """Play a scenario with seed 1."""
    return rehearsals.played


@pytest.fixture
def kept(played: Played, tmp_path: Path) -> Kept:
    """Return the files of a rehearsal."""

    def files(name: str) -> Files:
        (tmp_path / name).mkdir()
        return Files(played(name), tmp_path / name)

    return files
