"""Runs what was built: each function in a process of its own, under the runtime interface client that Lambda uses."""

from functools import partial

from guardian_rehearsal.host import Code
from guardian_rehearsal.lambda_runtime.artifact import Artifact, ArtifactNotBuiltError
from guardian_rehearsal.lambda_runtime.errors import (
    FunctionError,
    FunctionExitedError,
    FunctionTimedOutError,
    HandlerError,
    InitError,
)
from guardian_rehearsal.lambda_runtime.process_host import ProcessHost

__all__ = [
    "Artifact",
    "ArtifactNotBuiltError",
    "FunctionError",
    "FunctionExitedError",
    "FunctionTimedOutError",
    "HandlerError",
    "InitError",
    "ProcessHost",
    "built",
]


def built(artifact: Artifact) -> Code:
    """Return the built code, to be played instead of the sources."""
    return Code(artifact.template, partial(ProcessHost, artifact))
