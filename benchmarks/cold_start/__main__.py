"""`python -m benchmarks.cold_start`: prints the page, and writes it where `--write` says."""

import argparse
from pathlib import Path

from benchmarks.cold_start.measure import measure
from benchmarks.cold_start.report import page


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser(description="Measure how fast each function starts, as built.")
    parser.add_argument("--runs", type=int, default=15, help="how often each function is started")
    parser.add_argument("--write", type=Path, help="the page to write")
    asked = parser.parse_args()
    text = page(measure(asked.runs))
    print(text)
    if asked.write:
        asked.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
