"""Judge green against blue: a pure fold over settled minutes with a state of constant size.

`begin` learns blue's habits from its history, `step` folds one minute in, `read` says what the state amounts to.
No clock, no randomness, no AWS, no logging. The whole package can be replaced behind these three functions.
"""

from guardian.judge.fold import begin, step
from guardian.judge.state import JudgeState
from guardian.judge.verdict import read

__all__ = ["JudgeState", "begin", "read", "step"]
