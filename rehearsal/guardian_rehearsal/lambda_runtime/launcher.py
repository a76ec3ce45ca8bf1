"""Starts a function's process: Lambda's search path and nothing else, a clock that stands still, AWS's own runtime.

Runs as a script of an isolated interpreter (`-I -S`), which sees the standard library alone; so must this file.
"""

import json
import os
import runpy
import sys
import threading
from datetime import datetime
from typing import Any


def main(plan: dict[str, Any]) -> None:
    """Run the runtime until its process ends.

    Args:
        plan: `handler`, `path` (folders before the standard library, in order), `clock` (folder of time-machine),
            `moment` (ISO, UTC without offset) and `moves` (descriptor over which later moments come).
    """
    _stop_clock(plan["clock"], plan["moment"], plan["moves"])
    sys.path[:0] = plan["path"]
    sys.argv = ["awslambdaric", plan["handler"]]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)


def _stop_clock(folder: str, moment: str, moves: int) -> None:
    """Stop this process's clock; move it whenever a moment is read, and answer with one byte once it is moved."""
    sys.path.insert(0, folder)
    import time_machine

    sys.path.remove(folder)
    traveller = time_machine.travel(datetime.fromisoformat(moment), tick=False).start()

    def follow() -> None:
        while told := os.read(moves, 64):
            traveller.move_to(datetime.fromisoformat(told.decode()), tick=False)
            os.write(moves, b".")

    threading.Thread(target=follow, name="clock", daemon=True).start()


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
