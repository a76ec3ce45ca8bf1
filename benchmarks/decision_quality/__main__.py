"""Put the wanted sources of the judge first, then run."""

import sys

if "--layer" in sys.argv:
    sys.path.insert(0, sys.argv[sys.argv.index("--layer") + 1])

from benchmarks.decision_quality.run import main

if __name__ == "__main__":
    sys.exit(main())
