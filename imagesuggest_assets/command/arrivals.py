"""What `imagesuggest snapshots` shows: which snapshots there are, and what each waits for."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf

from rich.table import Table

from graph.declared import HELD, LEFT_OUT, MANIFEST
from graph.green_lights import InputFile, Looker
from graph.history import Gate, read_gate
from graph.partition import day_of, dump_date_of
from graph.watch import Memory
from imagesuggest_assets.definitions import build_dumps, build_rules
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.settings import Settings
from imagesuggest_assets.snapshots.choice import lights, oldest_days
from imagesuggest_assets.snapshots.manifest import known_inputs
from imagesuggest_assets.snapshots.sensors import readinesses
from imagesuggest_assets.snapshots.source_sensors import (
    Sights,
    look_at_source,
    looker_at,
    sights_of,
)
from imagesuggest_assets.snapshots.sources import DUMPS, WIKIS
from resources.errors import UserError
from resources.lake import Lake
from resources.sources.provider import Provider


@dataclass(frozen=True)
class Line:
    """One snapshot: how far it is, and what there is to say about it."""

    key: str
    state: str
    wikis: str
    says: str


def snapshots_table(settings: Settings) -> Table:
    """Look at the dumps, and list the snapshots in the lake and those that are to come."""
    table = Table(title=f"Snapshots in {settings.lake}", title_justify="left")
    for heading in ("snapshot", "state", "wikis", "waits for, holds back, leaves out"):
        table.add_column(heading, overflow="fold")
    with closing(Lake(settings.lake, settings.scratch)) as lake:
        for line in _lines(settings, lake):
            table.add_row(line.key, line.state, line.wikis, line.says)
    if not table.rows:
        table.add_row("none", "", "", f"no dump was found in {settings.dumps or 'any place'}")
    return table


def _lines(settings: Settings, lake: Lake) -> Iterator[Line]:
    rules = build_rules(settings)
    there = lake.snapshots("publishable")
    for key in there:
        yield _finished(lake, key)
    if not settings.dumps:
        return
    resource = build_dumps(settings)
    wikis = resource.target_wikis()
    with resource.looked_at() as dumps:
        sights = _look(dumps, lake, rules, wikis)
    ready_or_not = readinesses(lake, sights, wikis, rules, datetime.now(UTC))
    for ready in sorted(ready_or_not, key=lambda each: each.key):
        if ready.key in there:
            continue
        state = "begun" if lake.has(MANIFEST, ready.key) else "complete"
        late = [_since(sights, wiki, ready.key, why) for wiki, why in ready.left_out.items()]
        says = ready.waiting or "; ".join(late)
        yield Line(
            ready.key,
            state if ready.complete else "waits",
            f"{len(ready.wikis)} green, {len(ready.left_out)} not",
            "; ".join([says, *late]) if ready.waiting and late else says,
        )


def _finished(lake: Lake, key: str) -> Line:
    gate = read_gate(lake, key)
    told = [f"{wiki} {state}" for wiki, state in gate.states.items() if state in (HELD, LEFT_OUT)]
    out = len(gate.published)
    state = "let through" if not told else ("partly let through" if out else "held back")
    return Line(key, state, f"{out} of {len(gate.states)} through", _short(gate, told))


def _short(gate: Gate, told: list[str]) -> str:
    return ", ".join(told) if len(told) <= 10 else f"{len(told)} of {len(gate.states)} stay behind"


def _since(sights: Sights, wiki: str, key: str, why: str) -> str:
    seen = sights.wikis.get(wiki, {}).get(dump_date_of(key))
    known = seen and wiki not in sights.troubles
    return f"{wiki}: {why}, since {seen.since}" if seen and known else f"{wiki}: {why}"


def _look(dumps: Provider, lake: Lake, rules: Rules, named: list[str]) -> Sights:
    """Look anew, and say of what was seen before since when it is so. Nothing is remembered.

    Raises UserError where nothing can be looked at.
    """
    looker, now = looker_at(dumps, lake, rules), datetime.now(UTC)
    memories = {name: Memory(lake.storage, name) for name in DUMPS}
    for name, memory in memories.items():
        look_at_source(name, looker, memory, named, lake, now, inf)
    if blind := memories[WIKIS].blind:
        raise UserError(blind.why)
    return sights_of(memories)


def snapshot_table(settings: Settings, key: str) -> Table:
    """List the files of one snapshot: those of its manifest, else those that it would have."""
    day_of(key)
    rules = build_rules(settings)
    resource = build_dumps(settings)
    table = Table(title=f"Snapshot {key}", title_justify="left")
    for heading in ("source", "dump", "file", "bytes", "state"):
        table.add_column(heading, justify="right" if heading == "bytes" else "left")
    with closing(Lake(settings.lake, settings.scratch)) as lake, resource.looked_at() as dumps:
        inputs = known_inputs(lake, key)
        if inputs:
            for file in inputs.files:
                table.add_row(*_cells(file, _chosen(dumps, file)))
            for wiki, why in inputs.left_out.items():
                table.add_row(wiki, "", "", "", f"left out: {why}")
        else:
            looker = looker_at(dumps, lake, rules)
            _add_candidates(table, looker, key, resource.target_wikis(), rules)
        if not inputs and not table.rows:
            raise UserError(f"{dumps.place.name}: no dump for the snapshot {key}")
    return table


def _add_candidates(table: Table, looker: Looker, key: str, named: list[str], rules: Rules) -> None:
    found = [
        light
        for wiki in named or looker.dumps.perhaps_wikis()
        for light in lights(looker, wiki, key, rules.wiki_oldest_days)
    ]
    if not found:
        return
    for source, oldest in oldest_days(rules).items():
        found += lights(looker, source, key, oldest)
    for light in found:
        for file in light.files:
            table.add_row(*_cells(file, "green"))
        for problem in light.waiting:
            table.add_row(light.source, light.date, "", "", f"waits: {problem}")


def _cells(file: InputFile, state: str) -> tuple[str, ...]:
    return file.source, file.dump_date, file.path, f"{file.bytes:,}", state


def _chosen(dumps: Provider, file: InputFile) -> str:
    """Compare a file that was chosen with what is there now."""
    sums = "verified by sha1" if file.sha1 else "its size is known"
    found = dumps.place.find(file.path)
    if found is None:
        return "is not there any more"
    if found.bytes != file.bytes:
        return f"changed: has {found.bytes:,} bytes now"
    return sums if found.version == file.version else "written again"
