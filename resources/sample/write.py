"""Making a sample: the folder, the work in parallel, and the summary of what was made."""

import json
import shutil
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

from resources.errors import InputError
from resources.sample.feedback import write_feedback
from resources.sample.papers import write_status, write_sums
from resources.sample.plan import Plan
from resources.sample.sql import DumpFile
from resources.sample.tables import Schema
from resources.sample.world import ITEMS, MEDIA, Job, World, jobs_of, make_world

Progress = Callable[[str, float], None]
MARK = "sample.json"
WRITERS = 2


@dataclass(frozen=True)
class SampleSummary:
    """What a sample holds: rows of the newest snapshot, files and bytes of all of them.

    ``pages`` are rows of the page tables (Commons' too), ``text_bytes`` what the files unpack to.
    """

    wikis: tuple[str, ...]
    snapshots: tuple[str, ...]
    files: int
    bytes: int
    text_bytes: int
    pages: int
    page_links: int
    image_links: int
    commons_files: int
    items: int
    seconds: float


def make_sample(
    directory: Path,
    *,
    articles: int = 2000,
    wikis: int = 3,
    snapshots: int = 1,
    seed: int = 1,
    links_per_article: float = 30.0,
    icons_per_article: float = 8.0,
    commons_schema: Schema = "new",
    bad_week: bool = False,
    on_progress: Progress | None = None,
) -> SampleSummary:
    """Writes a made-up Wikimedia into a new folder, in the layout of the public dumps.

    ``articles`` are those of all target wikis together, ``wikis`` of Zipf-like sizes. The same
    arguments give the same files, byte by byte. ``on_progress`` gets what was just written and
    the share of the work that is done, 0 to 1. In a ``bad_week``, the last, the largest wiki has
    lost the items of every second article. An older sample in the folder is replaced.
    Raises InputError when the folder holds anything else, or cannot be written.
    """
    began = time.monotonic()
    for name, value in (("articles", articles), ("wikis", wikis), ("snapshots", snapshots)):
        if value < 1:
            raise InputError(directory, f"a sample of {value} {name}: at least 1 is needed")
    plan = Plan(articles, wikis, snapshots, seed, links_per_article, icons_per_article, bad_week)
    try:
        clear(directory)
        world = make_world(plan, commons_schema, directory)
        jobs = [job for week in range(snapshots) for job in jobs_of(world, week)]
        written = dict(_done(jobs, on_progress))
        _write_papers(world, written)
        feedback = write_feedback(plan, world.wikis, world.subjects, world.commons, directory)
        summary = _summary(world, written, feedback, time.monotonic() - began)
        _mark(directory, plan, summary)
    except OSError as error:
        problem = f"cannot be written: {error.strerror or error}"
        raise InputError(error.filename or directory, problem) from error
    return summary


def clear(directory: Path) -> None:
    """Removes an older sample; what is anything else stays and is an error."""
    if (directory / MARK).is_file():
        shutil.rmtree(directory)
    elif directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        advice = "name a folder that is new or empty"
        raise InputError(directory, "is no empty folder and no older sample", advice=advice)
    directory.mkdir(parents=True, exist_ok=True)
    (directory / MARK).write_text("{}\n")


def _done(jobs: list[Job], progress: Progress | None) -> Iterable[tuple[Job, list[DumpFile]]]:
    """Each job with its files, when it is done. Threads do: the work is in numpy, Arrow, gzip."""
    with ThreadPoolExecutor(WRITERS) as writers:
        running = {writers.submit(job.write): job for job in jobs}
        try:
            for number, finished in enumerate(as_completed(running), start=1):
                job = running[finished]
                yield job, finished.result()
                if progress:
                    progress(f"{job.owner} {job.what}", number / len(jobs))
        finally:
            writers.shutdown(cancel_futures=True)


def _write_papers(world: World, written: dict[Job, list[DumpFile]]) -> None:
    """The checksums of each dump, in the order of the files' names."""
    dumps: dict[tuple[str, int], list[DumpFile]] = {}
    for job, files in written.items():
        dumps.setdefault((job.owner, job.week), []).extend(files)
    for (owner, week), files in dumps.items():
        folder = files[0].path.parent
        if owner in (ITEMS, MEDIA):
            name = "wikidata" if owner == ITEMS else "commons"
            write_sums(folder / f"{name}-{folder.name}-sha1sums.txt", files)
        else:
            write_status(folder, owner, world.plan.day(week), files)


def _summary(
    world: World, written: dict[Job, list[DumpFile]], feedback: list[DumpFile], seconds: float
) -> SampleSummary:
    plan = world.plan
    newest = [
        (job.owner, file)
        for job, files in written.items()
        if job.week == plan.snapshots - 1
        for file in files
    ]

    def rows(ending: str) -> int:
        return sum(file.rows for _, file in newest if file.path.name.endswith(ending))

    whole = [file for files in written.values() for file in files] + feedback
    return SampleSummary(
        wikis=tuple(wiki.name for wiki in world.wikis),
        snapshots=tuple(plan.day(week).isoformat() for week in range(plan.snapshots)),
        files=len(whole),
        bytes=sum(file.bytes for file in whole),
        text_bytes=sum(file.text_bytes for file in whole),
        pages=rows("-page.sql.gz"),
        page_links=rows("-pagelinks.sql.gz"),
        image_links=rows("-imagelinks.sql.gz"),
        commons_files=int(world.commons.alive(plan.snapshots - 1).sum()),
        items=rows("-all.json.gz"),
        seconds=seconds,
    )


def _mark(directory: Path, plan: Plan, summary: SampleSummary) -> None:
    """Leaves a note of what this folder is: the arguments, and no clock."""
    note = {"made_up": True, **asdict(plan), "wiki_names": summary.wikis}
    (directory / MARK).write_text(json.dumps(note, indent=1) + "\n")
