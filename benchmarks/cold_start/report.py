"""The page that tells what was measured."""

from collections.abc import Iterator

from benchmarks.cold_start.measure import Measured

PAGE = """# Cold start

Written by `make bench-cold-start`, which starts each function as `make build-here` built it: a fresh interpreter whose
search path is that of Lambda (the function's folder, the layer, the runtime with boto3) and nothing else. Measured on
{machine}, in processor time; median of {runs} starts, taken in turns. It is not Lambda's
processor: compare the rows with each other and with a bare interpreter, which took {bare:.0f} ms here.

| function | import, ms | of a bare start | clients, ms | peak memory, MiB | import with bytecode, ms |
| --- | --- | --- | --- | --- | --- |
{rows}

The import of the handler is Lambda's init phase. The clients are made at the first invocation; most of that time
botocore reads the services' models. The memory is the largest resident size after both.

What the import is spent on, in ms by package (`-X importtime`, one start, which is slower for being watched):

| function | dearest packages |
| --- | --- |
{dearest}

What each function may not load is held by `tests/architecture/test_import_budget.py`.

## No bytecode in the layer

Bytecode would spare {spared:.0%} of the import of `turn`, {of_all:.0%} of its import and clients together. That of the
modules which the functions load would weigh {bytecode:.1f} MB. It is not in the layer: the very Python that runs the
functions must make it, the build needs no Python of that version, and bytecode of another one is dead weight. The
turns of a watch come every minute and find a warm process; a hook that starts cold is waited for up to an hour.
"""


def page(measured: Measured) -> str:
    """Return the page."""
    turn, compiled = measured.without["turn"], measured.compiled["turn"]
    spared = turn.imports - compiled.imports
    return PAGE.format(
        machine=measured.machine,
        runs=measured.runs,
        bare=measured.bare * 1000,
        rows="\n".join(_rows(measured)),
        dearest="\n".join(_dearest(measured)),
        spared=spared / turn.imports,
        of_all=spared / (turn.imports + turn.clients),
        bytecode=measured.bytecode,
    )


def _rows(measured: Measured) -> Iterator[str]:
    for name, start in measured.without.items():
        yield (
            f"| `{name}` | {start.imports * 1000:.0f} | {start.imports / measured.bare:.0f} times | "
            f"{start.clients * 1000:.0f} | "
            f"{start.peak:.0f} | {measured.compiled[name].imports * 1000:.0f} |"
        )


def _dearest(measured: Measured) -> Iterator[str]:
    for name, packages in measured.dearest.items():
        told = ", ".join(f"{package} {seconds * 1000:.0f}" for package, seconds in packages.items())
        yield f"| `{name}` | {told} |"
