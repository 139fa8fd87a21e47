"""The server of the module finder at as many modules as all wikis have: how long lists and pages
take, and how much memory the process has.

    python -m benchmarks.modules_serve
    python -m benchmarks.modules_serve --modules 300000 --requests 30

Made-up modules are written into a lake directly (made_modules.py). Each address is asked for again
and again on one connection, in turn with the others, so that a busy machine slows all down; beside
the time on the clock stands what of the server's processor time each took.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles

import httpx

from benchmarks.made_modules import make_lake
from benchmarks.measure import cpu_seconds, machine, print_table

PORT = "18081"
ADDRESSES = {
    "families": "/api/v1/families?limit=50",
    "families, other weights": "/api/v1/families?weights=copies:7,readers:0.5&limit=50",
    "families of a wiki": "/api/v1/families?wiki=w003wiki&limit=50",
    "families of a project": "/api/v1/families?project=wiktionary&min_wikis=5&limit=50",
    "modules": "/api/v1/modules?limit=50",
    "modules, filtered, part 400": "/api/v1/modules?project=wikipedia&q=7&offset=20000&limit=50",
    "functions": "/api/v1/functions?limit=50",
    "functions of a project": "/api/v1/functions?project=wikipedia&limit=50",
    "functions of a kind": "/api/v1/functions?kind=data&limit=50",
    "the start page": "/",
    "the page of modules": "/modules",
    "a module's page": "/module/{module}",
    "a family's page, 600 modules": "/family/{family}",
    "how two differ": "/api/v1/diff?a={family}&b={module}&view=code",
}


@contextmanager
def served(lake: Path) -> Iterator[tuple[int, httpx.Client, float]]:
    """Start the server; give its process, what asks it, and the seconds until it gave a list."""
    started = time.perf_counter()
    code = "from module_assets.command.main import main; main()"
    command = [sys.executable, "-W", "ignore", "-c", code, "serve", "--lake", str(lake)]
    process = subprocess.Popen([*command, "--port", PORT], stdout=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{PORT}", timeout=60) as client:
            while True:
                try:
                    client.get("/api/v1/families?limit=1").raise_for_status()
                    break
                except httpx.TransportError:
                    time.sleep(0.05)
            yield process.pid, client, time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def measure(pid: int, client: httpx.Client, requests: int) -> list[dict[str, object]]:
    """Ask for each address so many times."""
    family = client.get("/api/v1/families?limit=1").json()["rows"][0]["family_id"]
    module = client.get("/api/v1/modules?limit=1").json()["rows"][0]
    names = {"family": family, "module": f"{module['wiki_db']}/{module['page_id']}"}
    took: dict[str, list[float]] = {what: [] for what in ADDRESSES}
    worked: dict[str, float] = dict.fromkeys(ADDRESSES, 0.0)
    for number in range(requests + 1):
        for what, address in ADDRESSES.items():
            before, started = cpu_seconds(pid), time.perf_counter()
            client.get(address.format(**names)).raise_for_status()
            if number:
                took[what].append(1000 * (time.perf_counter() - started))
                worked[what] += 1000 * (cpu_seconds(pid) - before)
    return [
        {
            "what": what,
            "median ms": median(each),
            "p99 ms": quantiles(each, n=100)[98],
            "CPU ms": worked[what] / requests,
        }
        for what, each in took.items()
    ]


def memory(pid: int) -> dict[str, int]:
    """Give the MB that are resident now, and the most that were."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    now, most = (int(fields[name].split()[0]) // 1000 for name in ("VmRSS", "VmHWM"))
    return {"MB": now, "peak MB": most}


def replaced(lake: Path, client: httpx.Client) -> None:
    """Let the snapshot come to its gate once more, and wait until it is opened anew."""
    (current,) = (lake / "publishable").glob("snapshot=*/_current.json")
    current.write_bytes(current.read_bytes() + b"\n")
    time.sleep(4)
    client.get("/api/v1/modules?limit=1").raise_for_status()


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--modules", type=int, default=300_000)
    parser.add_argument("--wikis", type=int, default=900)
    parser.add_argument("--requests", type=int, default=30, help="of each address")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory() as temporary:
        lake = Path(temporary) / "lake"
        make_lake(lake, options.modules, options.wikis)
        with served(lake) as (pid, client, seconds):
            rows = measure(pid, client, options.requests)
            steady = memory(pid)
            replaced(lake, client)
            print_table(f"{options.modules:,} modules of {options.wikis:,} wikis", rows)
            newer = {"peak MB with a newer snapshot": memory(pid)["peak MB"]}
            print_table("The process", [{"first list after s": seconds, **steady, **newer}])
    print(f"\nload {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
