"""`python -m benchmarks.cost`: prints the page, and writes it where `--write` says."""

import argparse
import sys
from pathlib import Path

from benchmarks.cost.report import durations, page
from benchmarks.cost.usage import count


def main() -> None:
    """Count and tell."""
    parser = argparse.ArgumentParser(
        description="Count what a guarded deployment asks of AWS and what that costs."
    )
    parser.add_argument("--write", type=Path, help="the page to write")
    asked = parser.parse_args()
    usage = count()
    print(page(usage))
    print(durations(usage), file=sys.stderr)
    if asked.write:
        asked.write.write_text(page(usage), encoding="utf-8")


if __name__ == "__main__":
    main()
