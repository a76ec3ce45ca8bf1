"""Reads recorded deployments from files, directories and standard input, and names the line that is malformed."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator

from guardian.errors import PolicyInvalidError
from guardian.model import Colour, Minute, Shared
from guardian.policy import Policy, parse_policy
from guardian.tape import TapeHeader
from guardian_console.exits import UsageError

SUFFIXES = frozenset({".tape", ".jsonl"})
"""Names of tapes, looked for in a directory."""
STDIN = Path("-")
LAST_TICK = 100_000
"""Largest tick that is believed (69 days): a larger one is a clock time where minutes since the shift belong."""
BOM = b"\xef\xbb\xbf"
"""What some editors put before UTF-8 text."""


class TapeError(UsageError):
    """A tape is malformed; the message names the file, the line and what should be there."""


class _Kind(BaseModel):
    type: Literal["deployment", "minute"]


class _Header(TapeHeader, extra="ignore"):
    id: str = Field(min_length=1)
    strategy: str = ""


class _Colour(Colour, extra="ignore", allow_inf_nan=False):
    @field_validator("*")
    @classmethod
    def _not_negative(cls, value: Any) -> Any:
        if isinstance(value, float) and value < 0:
            raise ValueError(f"{value:g} is below zero; seconds, counts and percent are not")
        return value


class _Shared(Shared, extra="ignore", allow_inf_nan=False):
    pass


class _Row(Minute, extra="ignore", allow_inf_nan=False):
    minute: int = Field(ge=-LAST_TICK, le=LAST_TICK)
    seen_at: int = Field(ge=-LAST_TICK, le=LAST_TICK)
    weight: float = Field(ge=0, le=1)
    blue: _Colour | None = None
    green: _Colour | None = None
    shared: _Shared = _Shared()


Line = TypeVar("Line", bound=BaseModel)


@dataclass(frozen=True)
class Tape:
    """One recorded deployment.

    Attributes:
        source: The file it was read from; `-` for standard input.
        header: Its first line.
        policy: The header's policy; the defaults where it has none.
        minutes: Every row, in the order of the file.
    """

    source: str
    header: TapeHeader
    policy: Policy
    minutes: list[Minute]


def files_of(sources: Sequence[Path]) -> list[Path]:
    """Return the files to read: directories are searched for tapes, nothing at all means a pipe's standard input.

    Raises:
        UsageError: There is nothing to read.
    """
    if not sources and sys.stdin.isatty():
        raise UsageError("give tapes, directories of tapes, or - for standard input")
    files: list[Path] = []
    for source in sources or [STDIN]:
        if source != STDIN and source.is_dir():
            found = sorted(path for path in source.rglob("*") if path.suffix in SUFFIXES and path.is_file())
            if not found:
                raise UsageError(f"{source} holds no tape: none of its files is named *.tape or *.jsonl")
            files += found
        else:
            files.append(source)
    return files


def read_tapes(file: Path) -> Iterator[Tape | TapeError]:
    """Read a file or standard input, which may hold several tapes one after another.

    Yields:
        Its tapes; where a line is malformed the error, and then nothing more of the file.
    """
    try:
        if file == STDIN:
            yield from tapes(sys.stdin.buffer, str(file))
            return
        with file.open("rb") as lines:
            yield from tapes(lines, str(file))
    except OSError as error:
        yield TapeError(f"{file}: cannot be read: {error.strerror}")
    except TapeError as error:
        yield error


def tapes(lines: Iterable[bytes], source: str) -> Iterator[Tape]:
    """Parse the tapes in a stream of lines; each begins with a header. Keys that are not known are left out.

    Raises:
        TapeError: A line is malformed.
    """
    tape: Tape | None = None
    for number, raw in enumerate(lines, 1):
        line, where = raw.strip().removeprefix(BOM), f"{source}:{number}"
        if not line:
            continue
        if _read(_Kind, line, where).type == "deployment":
            if tape is not None:
                yield tape
            header = _read(_Header, line, where)
            tape = Tape(source, header, _policy(header, where), [])
        elif tape is None:
            raise TapeError(f'{where}: a tape begins with its header, {{"type":"deployment","id":…}}')
        else:
            tape.minutes.append(_read(_Row, line, where))
    if tape is None:
        raise TapeError(f"{source}:1: is empty; a tape begins with its header")
    yield tape


def _read(model: type[Line], line: bytes, where: str) -> Line:
    try:
        return model.model_validate_json(line, strict=True)
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        path = "".join(f"{part}: " for part in problem["loc"])
        raise TapeError(f"{where}: {path}{problem['msg'].removeprefix('Value error, ')}") from error


def _policy(header: TapeHeader, where: str) -> Policy:
    try:
        return parse_policy(header.policy, f"{where}: policy")
    except PolicyInvalidError as error:
        raise TapeError(str(error)) from error
