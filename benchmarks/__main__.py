"""Runs the benchmarks, each in a process of its own: `python -m benchmarks`.

What each measures, and with which options, is said by `python -m benchmarks.NAME --help`.
"""

import argparse
import subprocess
import sys

from benchmarks.measure import machine

QUICK: dict[str, list[str]] = {
    "startup": ["--runs", "1"],
    "read_sql": [],
    "read_entities": ["--megabytes", "50", "--runs", "1"],
    "weeks": ["--weeks", "6"],
    "ticks": ["--wikis", "30", "--unfinished", "3"],
    "search": ["--pairs", "500000", "--pages", "10000", "--rounds", "1"],
    "store": ["--rows", "60000"],
    "by_hand": ["--links", "0.3", "--rounds", "1"],
    "scale": ["--links", "0.3"],
    "modules": ["--modules", "300", "--shapes", "10000", "--hot", "10000"],
    "clones": ["--wikis", "20", "--families", "60", "--versions", "100", "--edited", "30"],
    "modules_graph": ["--streams", "500", "--modules", "5000"],
    "modules_serve": ["--modules", "20000", "--requests", "5"],
    "explain": ["--articles", "50000"],
    "serve": ["--rows", "60000", "--requests", "5000"],
    "graph": ["--links", "0.3,1", "--spark-up-to", "0.3"],
}
"""All benchmarks, and the options that make them quick."""


def main() -> int:
    """Run all, or those that were named; the exit code is 1 when one of them failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: minutes, not an hour")
    parser.add_argument("--only", choices=list(QUICK), action="append", metavar="NAME")
    options = parser.parse_args()
    print(machine())
    failed = []
    for name in options.only or QUICK:
        print(f"\n## {name}", flush=True)
        command = [sys.executable, "-m", f"benchmarks.{name}", *(QUICK[name] * options.quick)]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
