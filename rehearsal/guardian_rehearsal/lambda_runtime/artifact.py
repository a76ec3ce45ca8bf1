"""What `make build-here` built, and whether it is still what the sources say."""

from dataclasses import dataclass
from pathlib import Path
from sysconfig import get_config_var

from guardian.errors import GuardianError
from guardian_rehearsal.template import ROOT

INPUTS = ("template.yaml", "uv.lock", "functions", "layers")
"""What the build depends on, by its path in the checkout. The build keeps a copy beside what it made of them."""


class ArtifactNotBuiltError(GuardianError):
    """There is nothing to run, or it was made from other sources; the message says how to build it."""


@dataclass(frozen=True)
class Artifact:
    """The artifact for this machine, and beside it what Lambda brings and what a rehearsal adds.

    Attributes:
        folder: Where the build put it all.
    """

    folder: Path = ROOT / ".aws-sam/here"

    @property
    def template(self) -> Path:
        """The built template, whose paths lead to what is deployed."""
        return self.folder / "template.yaml"

    @property
    def runtime(self) -> Path:
        """What Lambda's own runtime holds besides Python: the runtime interface client, boto3."""
        return self.folder / "runtime"

    @property
    def clock(self) -> Path:
        """The library that stops the clock of a process."""
        return self.folder / "clock"

    @property
    def bytecode(self) -> Path:
        """Where processes keep compiled modules."""
        return self.folder / "bytecode"

    def require(self, checkout: Path = ROOT) -> None:
        """Make sure that this is what the checkout builds.

        Raises:
            ArtifactNotBuiltError: It is not.
        """
        inputs = self.folder / "inputs"
        if not inputs.exists():
            raise ArtifactNotBuiltError(f"nothing is built in {self.folder}: run `make build-here`")
        if not (self.clock / f"_time_machine{get_config_var('EXT_SUFFIX')}").exists():
            raise ArtifactNotBuiltError("the artifact is built for another Python: run `make build-here`")
        for name in INPUTS:
            before, now = _files(inputs / name), _files(checkout / name)
            changed = sorted(path for path in before.keys() | now.keys() if before.get(path) != now.get(path))
            if changed:
                path = (Path(name) / changed[0]).as_posix()
                raise ArtifactNotBuiltError(f"{path} has changed since the build: run `make build-here`")


def _files(path: Path) -> dict[str, bytes]:
    """Return what is in a file or a folder, by path within it; compiled modules do not count."""
    if path.is_file():
        return {"": path.read_bytes()}
    found = (one for one in path.rglob("*") if one.is_file() and one.parent.name != "__pycache__")
    return {one.relative_to(path).as_posix(): one.read_bytes() for one in found}
