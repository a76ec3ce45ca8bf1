"""Probes: ordered requests, each with the answer that it must get, and values carried from one to the next."""

import json
from collections.abc import Mapping
from string import Template
from typing import Any
from urllib.parse import quote

from guardian.gates.answer import found, parsed, same, shown
from guardian.model import Evidence, Finding, HttpAnswer, HttpRequest, Value
from guardian.policy.gates import ProbePolicy

SIGNAL = "probes"
Carried = Mapping[str, Any]
"""Values of earlier answers by name."""


class Step(Value):
    """What one probe came to.

    Attributes:
        evidence: What it says.
        carried: The values that later steps use.
    """

    evidence: Evidence
    carried: dict[str, Any] = {}


def fill(probe: ProbePolicy, base: str, carried: Carried) -> HttpRequest:
    """Return the request of one step; `carried` has every name in `probe.needs`.

    A carried value is percent-encoded in the path and quoted in a JSON body, so that no answer can change what a later
    step asks for.
    """
    quoted = {name: quote(_text(value), safe="") for name, value in carried.items()}
    plain = {name: _text(value) for name, value in carried.items()}
    headers = {name: Template(value).substitute(plain) for name, value in probe.headers.items()}
    body = _filled(probe.body, carried)
    if body is not None and not isinstance(body, str):
        headers = {"Content-Type": "application/json", **headers}
        body = json.dumps(body)
    return HttpRequest(
        method=probe.method,
        url=base + Template(probe.path).substitute(quoted),
        headers=headers,
        body=body,
        retries=probe.retries,
        seconds=probe.timeout_seconds,
    )


def judge_answer(probe: ProbePolicy, answer: HttpAnswer) -> Step:
    """Return whether the answer is the one that the probe must get, and what it carries on."""
    wrong = []
    if answer.status != probe.status:
        wrong.append(f"answered {answer.status}, not {probe.status}")
    document = parsed(answer)
    for path, wanted in probe.fields.items():
        value = found(path, document)
        if not same(value, wanted):
            wrong.append(f"{path} is {shown(value)}, not {shown(wanted)}")
    taken = {name: found(path, document) for name, path in probe.carry.items()}
    wrong += [
        f"{probe.carry[name]} is missing, which later steps need"
        for name, value in taken.items()
        if value is None
    ]
    carried = {name: value for name, value in taken.items() if value is not None}
    if wrong:
        return Step(evidence=says(Finding.DIVERGED, probe, "; ".join(wrong)), carried=carried)
    return Step(
        evidence=says(Finding.HEALTHY, probe, f"answered {answer.status} as it must"), carried=carried
    )


def says(finding: Finding, probe: ProbePolicy, what: str) -> Evidence:
    """Return one probe's evidence."""
    return Evidence(signal=SIGNAL, finding=finding, sentence=f"probe '{probe.name}' ({probe.method}) {what}")


def _filled(node: Any, carried: Carried) -> Any:
    """Return a body with the carried values in place; a text that is nothing but one name keeps the value's type."""
    if isinstance(node, str):
        for name, value in carried.items():
            if node == f"${{{name}}}":
                return value
        return Template(node).substitute({name: _text(value) for name, value in carried.items()})
    if isinstance(node, dict):
        return {key: _filled(value, carried) for key, value in node.items()}
    if isinstance(node, list):
        return [_filled(value, carried) for value in node]
    return node


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
