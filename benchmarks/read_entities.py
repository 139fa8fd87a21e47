"""How fast entity dumps are read: realistic Wikidata and MediaInfo files, from gzip to Parquet.

The files are made here, of entities that resemble the real ones in length, in what they hold and
in how well they compress; what is read from them is not checked, the tests do that.
"""

import argparse
import itertools
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from resources.sources.entities import Depicts, ItemClaims
from resources.sources.parquet import write_parquet

_LANGUAGES = (
    "en de fr es it nl pl ru ja zh pt sv ar fa uk ca fi cs hu ko tr vi he da nb ro el bg sr hr "
    "sk sl et lv lt eu gl ast id ms th hi bn ta te ml mr gu pa ur az be ka hy kk uz sq mk bs cy "
    "ga br oc eo la sco zh-hans zh-hant en-gb en-ca de-ch pt-br nn nds arz ary ckb jv su war ceb"
)
_SYLLABLES = {
    "ru": "ва ко ни ра сто ле мо ки на те ре до",
    "uk": "ва ко ні ра сто ле мо ки на те ре до",
    "zh": "中 国 人 大 北 京 上 海 学 院 山 河",
    "ja": "東 京 タ ワ ー の 山 川 本 田 村 ス",
    "ar": "ال مد ين ة كت اب ج بل نه ر ب يت",
    "hi": "का ने र में स्था न दि ल्ली प ह र",
    "el": "α θή να πό λη με γά λο νη σί τη ς",
}
_LATIN = "ba ko ri ster len mo ki na ter re do van el sch tion burg ton ia ing us"


def wikidata_entity(dice: random.Random) -> dict[str, Any]:
    """Make an item of about 10 KB, of the keys and the order of the real dump."""
    languages = dice.sample(_LANGUAGES.split(), dice.choice([1, 2, 4, 10, 20, 45, 70]))
    name = _words(dice, "en", 3)
    return {
        "type": "item",
        "id": "Q0",
        "labels": {code: _text(code, _local(dice, code, name)) for code in languages},
        "descriptions": {code: _text(code, _words(dice, code, 4)) for code in languages},
        "aliases": {
            code: [_text(code, _words(dice, code, 2)) for _ in range(dice.randint(1, 3))]
            for code in languages[: len(languages) // 4]
        },
        "claims": _claims(dice, "Q0"),
        "sitelinks": {
            f"{code}wiki": {"site": f"{code}wiki", "title": _local(dice, code, name), "badges": []}
            for code in languages[: len(languages) // 2]
        },
        "pageid": dice.randrange(10**8),
        "ns": 0,
        "title": "Q0",
        "lastrevid": dice.randrange(10**10),
        "modified": "2024-04-30T12:34:56Z",
    }


def mediainfo_entity(dice: random.Random) -> dict[str, Any]:
    """Make a MediaInfo entity of about 2 KB; two in five say what the file depicts."""
    statements: dict[str, Any] = {
        "P571": [_statement(dice, "M0", "P571", _time(dice))],
        "P1163": [_statement(dice, "M0", "P1163", _string("image/jpeg"))],
        "P2048": [_statement(dice, "M0", "P2048", _quantity(dice))],
        "P7482": [_statement(dice, "M0", "P7482", _item_value(dice))],
        "P275": [_statement(dice, "M0", "P275", _item_value(dice))],
        "P6216": [_statement(dice, "M0", "P6216", _item_value(dice))],
    }
    if dice.random() < 0.4:
        statements["P180"] = [
            _statement(dice, "M0", "P180", _item_value(dice)) for _ in range(dice.randint(1, 4))
        ]
    return {
        "type": "mediainfo",
        "id": "M0",
        "labels": {"en": _text("en", _words(dice, "en", 5))} if dice.random() < 0.3 else {},
        "descriptions": {},
        "statements": statements if dice.random() < 0.9 else [],
        "lastrevid": dice.randrange(10**9),
    }


def _claims(dice: random.Random, entity: str) -> dict[str, Any]:
    claims: dict[str, Any] = {}
    claims["P31"] = [_statement(dice, entity, "P31", _item_value(dice), references=1)]
    if dice.random() < 0.04:
        claims["P279"] = [_statement(dice, entity, "P279", _item_value(dice))]
    if dice.random() < 0.15:
        claims["P18"] = [_statement(dice, entity, "P18", _string(f"{_words(dice, 'en', 3)}.jpg"))]
    if dice.random() < 0.1:
        claims["P373"] = [_statement(dice, entity, "P373", _string(_words(dice, "en", 2)))]
    for _ in range(dice.choice([0, 1, 2, 3, 5, 10])):
        group = f"P{dice.randint(400, 9999)}"
        value = dice.choice([_item_value, _item_value, _external_id, _time, _quantity])
        claims[group] = [
            _statement(dice, entity, group, value(dice), references=dice.choice([0, 1, 1, 2]))
            for _ in range(dice.choice([1, 1, 1, 2, 5]))
        ]
    return claims


Value = tuple[str, dict[str, Any]]
"""The data type of a snak and its data value."""


def _statement(
    dice: random.Random, entity: str, group: str, value: Value, references: int = 0
) -> dict[str, Any]:
    statement: dict[str, Any] = {"mainsnak": _snak(group, value), "type": "statement"}
    if dice.random() < 0.15:
        qualifier = {**_snak("P585", _time(dice)), "hash": _hash(dice, 40)}
        statement |= {"qualifiers": {"P585": [qualifier]}, "qualifiers-order": ["P585"]}
    parts = "-".join(_hash(dice, length).upper() for length in (8, 4, 4, 4, 12))
    statement |= {"id": f"{entity}${parts}", "rank": "normal"}
    if references:
        statement["references"] = [
            {
                "hash": _hash(dice, 40),
                "snaks": {
                    "P248": [_snak("P248", _item_value(dice))],
                    "P854": [_snak("P854", _string(f"https://example.org/{_hash(dice, 12)}"))],
                    "P813": [_snak("P813", _time(dice))],
                },
                "snaks-order": ["P248", "P854", "P813"],
            }
            for _ in range(references)
        ]
    return statement


def _snak(group: str, value: Value) -> dict[str, Any]:
    kind, data = value
    return {"snaktype": "value", "property": group, "datavalue": data, "datatype": kind}


def _item_value(dice: random.Random) -> Value:
    number = int(dice.paretovariate(0.2)) % 10**8 + 1
    value = {"entity-type": "item", "numeric-id": number, "id": f"Q{number}"}
    return "wikibase-item", {"value": value, "type": "wikibase-entityid"}


def _string(text: str) -> Value:
    return "string", {"value": text, "type": "string"}


def _external_id(dice: random.Random) -> Value:
    return "external-id", {"value": str(dice.randrange(10**9)), "type": "string"}


def _time(dice: random.Random) -> Value:
    day = f"+{dice.randint(1500, 2024)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}"
    value = {
        "time": f"{day}T00:00:00Z",
        "timezone": 0,
        "before": 0,
        "after": 0,
        "precision": 11,
        "calendarmodel": "http://www.wikidata.org/entity/Q1985727",
    }
    return "time", {"value": value, "type": "time"}


def _quantity(dice: random.Random) -> Value:
    value = {"amount": f"+{dice.randrange(10**6)}", "unit": "http://www.wikidata.org/entity/Q11573"}
    return "quantity", {"value": value, "type": "quantity"}


def _text(code: str, value: str) -> dict[str, str]:
    return {"language": code, "value": value}


def _local(dice: random.Random, code: str, name: str) -> str:
    return _words(dice, code, 2) if code in _SYLLABLES else name


def _words(dice: random.Random, code: str, count: int) -> str:
    syllables = _SYLLABLES.get(code, _LATIN).split()
    words = ("".join(dice.choices(syllables, k=dice.randint(1, 4))) for _ in range(count))
    return " ".join(words).capitalize()


def _hash(dice: random.Random, length: int) -> str:
    return f"{dice.getrandbits(4 * length):0{length}x}"


Kind = Callable[[random.Random], dict[str, Any]]
_POOL_BYTES = 20 << 20


def write_entities(path: Path, kind: Kind, megabytes: int, seed: int = 7) -> None:
    """Write a dump of entities with ids that rise, compressed as the real ones are.

    A pool of entities is made and used again: further apart than gzip can see.
    """
    dice = random.Random(seed)
    pool: list[bytes] = []
    size = 0
    while size < min(_POOL_BYTES, megabytes * 10**6):
        pool.append(json.dumps(kind(dice), separators=(",", ":")).encode())
        size += len(pool[-1])
    packer = zlib.compressobj(6, wbits=31)
    written = 0
    with path.open("wb") as file:
        file.write(packer.compress(b"["))
        for number in itertools.count(1):
            line = _numbered(pool[number % len(pool)], number)
            file.write(packer.compress((b",\n" if number > 1 else b"\n") + line))
            written += len(line) + 2
            if written >= megabytes * 10**6:
                break
        file.write(packer.compress(b"\n]\n") + packer.flush())


def _numbered(line: bytes, number: int) -> bytes:
    for letter in (b"Q", b"M"):
        line = re.sub(rb'"%b0(["$])' % letter, rb'"%b%d\1' % (letter, number), line)
    return line


def read(reader: type[ItemClaims] | type[Depicts], source: Path, target: Path) -> None:
    """Read a dump into Parquet in this process and print what it took, as JSON."""
    entities = reader(source)
    wall, used = time.perf_counter(), time.process_time()
    rows = write_parquet(entities, reader.schema, target, {})
    report = {
        "rows": rows,
        "entities": entities.counts.entities,
        "json_bytes": entities.counts.json_bytes,
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - used,
        "peak_bytes": peak_bytes(),
    }
    print(json.dumps(report))


def peak_bytes() -> int:
    """Give the most memory this process had at once; without what it was forked from, on Linux."""
    status = Path("/proc/self/status")
    if status.exists() and (peak := re.search(r"VmHWM:\s*(\d+) kB", status.read_text())):
        return int(peak[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def measure(megabytes: int, runs: int) -> dict[str, dict[str, float]]:
    """Make each file and read it in a process of its own; give the best of the runs."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, kind in KINDS.items():
            source, target = Path(folder, f"{name}.json.gz"), Path(folder, f"{name}.parquet")
            write_entities(source, kind, megabytes)
            command = [sys.executable, "-m", "benchmarks.read_entities", "--read", name]
            reports = [
                json.loads(subprocess.check_output([*command, str(source), str(target)]))
                for _ in range(runs)
            ]
            results[name] = min(reports, key=lambda report: float(report["cpu_seconds"]))
            results[name]["stored_bytes"] = source.stat().st_size
            source.unlink()
    return results


def main() -> None:
    """Measure, and print a line a kind of file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=300, help="JSON in each file")
    parser.add_argument("--runs", type=int, default=3, help="of which the fastest is shown")
    parser.add_argument("--read", nargs=3, metavar=("KIND", "SOURCE", "TARGET"), help="read one")
    options = parser.parse_args()
    if options.read:
        name, source, target = options.read
        return read(READERS[name], Path(source), Path(target))
    for name, report in measure(options.megabytes, options.runs).items():
        megabytes = report["json_bytes"] / 1e6
        print(
            f"{name}: {report['entities']:,} entities, {report['rows']:,} rows, "
            f"{megabytes:,.0f} MB of JSON in {report['stored_bytes'] / 1e6:,.0f} MB; "
            f"{report['seconds']:.2f} s ({megabytes / report['seconds']:,.0f} MB/s), "
            f"{report['cpu_seconds']:.2f} s of CPU "
            f"({megabytes / report['cpu_seconds']:,.0f} MB/s on one core), "
            f"peak {report['peak_bytes'] / 1e6:,.0f} MB"
        )
    return None


KINDS: dict[str, Kind] = {"wikidata": wikidata_entity, "mediainfo": mediainfo_entity}
READERS: dict[str, type[ItemClaims] | type[Depicts]] = {
    "wikidata": ItemClaims,
    "mediainfo": Depicts,
}

if __name__ == "__main__":
    main()
