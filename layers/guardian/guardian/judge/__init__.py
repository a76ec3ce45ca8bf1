"""Judge green against blue: a pure fold over minutes with a state of constant size.

`begin` learns blue's habits from its history, `step` folds one minute in, `read` says what the state amounts to, and
`Judge` does all three for a tape. No clock, no randomness, no AWS, no logging. See docs/judge.md for the mathematics.
"""

from guardian.judge.fold import step
from guardian.judge.habits import begin
from guardian.judge.protections import ALL, Protections
from guardian.judge.season import rebased
from guardian.judge.state import JudgeState
from guardian.judge.tape import Judge, JudgedTick
from guardian.judge.verdict import read

__all__ = ["ALL", "Judge", "JudgeState", "JudgedTick", "Protections", "begin", "read", "rebased", "step"]
