"""One cold start: a fresh interpreter that has on its path what Lambda would put there, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CALLS = {
    "tick": "app.ticks()",
    "alarm_action": "app.alarms()",
    "deployment_event": "app.deployment_events()",
    "codedeploy_hook": "app.hook_answers(app.logger, app.metrics)",
    "turn": "app.worker(app.logger, app.metrics)",
    "contract_gate": "app.contract_gate()",
    "dashboard_widget": "app.dashboard_widget()",
}
"""What each function does at its first invocation before it looks at the event: it makes its clients."""

START = """
import sys
from time import process_time
sys.path[:0] = {path!r}
begin = process_time()
import app
imported = process_time()
{call}
ready = process_time()
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(imported - begin, ready - imported, int(status["VmHWM"].split()[0]) / 1024)
"""
"""Processor time, because other work on the machine does not enter it."""

VARIABLES = {
    "AWS_REGION": "eu-west-1", "AWS_DEFAULT_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none", "GUARDIAN_TABLE": "table", "GUARDIAN_POLICY_PATH": "/guardian/policies",
    "GUARDIAN_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/123456789012/turns.fifo",
    "GUARDIAN_DEPLOYMENT_GROUPS": "arn:aws:codedeploy:eu-west-1:123456789012:deploymentgroup:shop/web",
    "GUARDIAN_HOOK": "BeforeInstall",
    "GUARDIAN_TOPIC": "arn:aws:sns:eu-west-1:123456789012:notices",
    "GUARDIAN_CHAT_TOPIC": "arn:aws:sns:eu-west-1:123456789012:chat-notices",
    "GUARDIAN_LOG_GROUPS": "hooks,turn",
    "POWERTOOLS_SERVICE_NAME": "guardian", "POWERTOOLS_METRICS_NAMESPACE": "Guardian",
}  # fmt: skip
"""Enough to make clients; nothing is called."""


@dataclass(frozen=True)
class Start:
    """One cold start.

    Attributes:
        imports: Processor seconds to import the handler module, which is Lambda's init phase.
        clients: Processor seconds to make the clients at the first invocation.
        peak: Largest resident size, in MiB.
    """

    imports: float
    clients: float
    peak: float


def start(function: str, path: Sequence[Path], cache: Path) -> Start:
    """Start a function in a fresh interpreter that reads bytecode from `cache` and writes none."""
    code = START.format(path=[str(one) for one in path], call=CALLS[function])
    done = _python("-B", "-c", code, cache=cache)
    return Start(*map(float, done.stdout.split()))


def start_nothing(cache: Path) -> float:
    """Return the seconds that an interpreter takes to start."""
    done = _python("-B", "-c", "import time; print(time.process_time())", cache=cache)
    return float(done.stdout)


def write_bytecode(function: str, path: Sequence[Path], cache: Path) -> None:
    """Have an interpreter leave in `cache` the bytecode of everything that the function loads."""
    _python("-c", START.format(path=[str(one) for one in path], call=CALLS[function]), cache=cache)


def import_times(path: Sequence[Path], cache: Path) -> dict[str, float]:
    """Return the seconds that the modules of each top-level package take by themselves, as CPython counts them."""
    code = f"import sys; sys.path[:0] = {[str(one) for one in path]!r}; import app"
    done = _python("-B", "-X", "importtime", "-c", code, cache=cache)
    times: dict[str, float] = {}
    for line in done.stderr.splitlines():
        own, _, module = line.removeprefix("import time:").split("|")
        if own.strip().isdigit():
            package = module.strip().partition(".")[0]
            times[package] = times.get(package, 0.0) + int(own) / 1e6
    return times


def _python(*arguments: str, cache: Path) -> "subprocess.CompletedProcess[str]":
    """Run the interpreter without the user's site-packages and variables."""
    return subprocess.run(  # noqa: S603 - our own interpreter and code
        [sys.executable, "-I", "-S", "-X", f"pycache_prefix={cache}", *arguments],
        env={"PATH": os.environ.get("PATH", ""), **VARIABLES}, capture_output=True, text=True, check=True,
    )  # fmt: skip
