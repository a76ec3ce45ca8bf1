"""Benchmarks are not installed, so that nothing deployed can import them: put their folder on the path."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
