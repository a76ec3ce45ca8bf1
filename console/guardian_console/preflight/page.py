"""The page of all findings, generated from the checks."""

from guardian_console.preflight.examine import CHECKS

INTRODUCTION = """\
# Preflight

    guardian preflight --application A --deployment-group G --policy policy.yaml --stack guardian

reads an account, changes nothing, and tells what will bite in the next deployment: each finding with the number found,
why it matters, and a command or setting to paste. It can be run at any time; before the first guarded deployment it
should be.

| option | what it adds |
| --- | --- |
| `--policy FILE` | the policy to hold the account against; otherwise the stored one (`--path`), or the defaults |
| `--bake-hours H` | for how long blue is to stay after the shift (the policy's `bake.hours`) |
| `--stack NAME` | whether the roles of Guardian's stack may do what they must (`iam:SimulatePrincipalPolicy`) |
| `--hosted-zone ID`, `--record NAME` | the TTL of the names that lead to the load balancer |
| `--health-url URL` | the health page, asked once and judged by its fields |
| `--json` | one JSON object |

A finding `bites`, is a `note`, or is `unknown`: then a read failed, the reason is given, and nothing that rests on it
has passed. What nobody asked for, or what there is nothing to ask about, is listed as not looked at. Exit code 0:
nothing worse than a note; 1: something bites; 2: wrong usage; 3: nothing bites, but something is unknown.

Values of environment variables are dropped as they are read. G1 to G13 are the faults of the guides' companion stack.
Places such as `$arn` are filled in when a finding is told.

Generated from the checks by `guardian docs`.
"""


def page() -> str:
    """Return every finding that there can be as Markdown: number, name, why and fix."""
    parts = [INTRODUCTION]
    for number, check in enumerate(CHECKS, 1):
        fault = f" ({check.fault})" if check.fault else ""
        why = check.why[0].upper() + check.why[1:]
        parts.append(f"## {number}. `{check.key}`{fault}\n\n{why}.\n\nFix:\n\n    {check.fix}\n")
    return "\n".join(parts)
