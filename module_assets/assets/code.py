"""The analysis of all texts, in one pass, of which several datasets are made.

What is found in a text is known in `code`.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial

import dagster as dg
from ibis import Table

from graph.declared import MANIFEST
from module_assets.catalog.asset import CATALOG, SNAPSHOTS, dataset_spec
from module_assets.code.analysis import ANALYSED, analyse
from module_assets.code.references import ModuleNamespace
from module_assets.code.tokens import Vocabulary
from module_assets.datasets import code
from module_assets.datasets.rows import MODULE
from module_assets.rules import Rules
from resources.engine import EngineResource
from resources.io_manager import Files, Kept, LakeResource, refuse_mixed
from resources.lake import Lake
from resources.lake_paths import LakePath
from resources.progress import Progress

UPSTREAM = ("module_text", "modules", "wiki_sites")
FINISHED: dict[str, Callable[..., Table]] = {
    "module_code": code.module_code,
    "module_functions": code.module_functions,
    "module_references": code.module_references,
    "shape_sketches": code.shape_sketches,
    "module_names": code.module_names,
}
"""What is made of the analysis, by dataset."""


@dg.multi_asset(
    name="modules_code_tables",
    specs=[
        dataset_spec(
            name,
            "Found in one pass over all texts.",
            kinds=("python",),
            deps=list(UPSTREAM),
            code_version="2",
        )
        for name in FINISHED
    ],
    partitions_def=SNAPSHOTS,
)
def code_tables(
    context: dg.AssetExecutionContext,
    lake: LakeResource,
    engine: EngineResource,
    rules: dg.ResourceParam[Rules],
    progress: dg.ResourceParam[Progress],
) -> Iterator[dg.MaterializeResult[Kept]]:
    """Analyse all texts, by every core of this process, or by Spark's workers."""
    started = time.perf_counter()
    here, key = lake.get(), context.partition_key
    refuse_mixed(here, MANIFEST, key, UPSTREAM)
    files = analysed(here, key, engine, rules, progress)
    for name, finish in FINISHED.items():
        others = {"modules": here.files("modules", key)} if name == "module_references" else {}
        content = Files(files, finish=finish, others=others)
        yield dg.MaterializeResult(
            CATALOG.key(name), value=CATALOG.kept(name, content, started, rules)
        )


def analysed(
    lake: Lake, key: str, engine: EngineResource, rules: Rules, progress: Progress
) -> list[LakePath]:
    """Analyse the texts of a snapshot into files of ANALYSED."""
    computing = engine.get(lake.scratch.path)
    namespaces = {
        row["wiki_db"]: ModuleNamespace(row["names"] or (), row["is_first_letter"])
        for row in lake.rows("wiki_sites", key, ["wiki_db", "names", "is_first_letter"])
    }
    texts = computing.read(lake.files("module_text", key))
    modules = computing.read(lake.files("modules", key))
    rows = texts.inner_join(modules.select(*MODULE, "title", "is_redirect"), MODULE)
    work = partial(
        analyse,
        namespaces=namespaces,
        function_tokens=rules.function_tokens,
        vocabulary=Vocabulary(),
    )
    aside = lake.aside("analysis", shared=computing.far)
    progress.start("analysis", lake.statistics("module_text", key).rows, "modules")
    try:
        computing.worked(
            rows, work, ANALYSED, aside, lambda count: progress.advance("analysis", count)
        )
    finally:
        progress.finish("analysis")
    return sorted(aside.glob("*.parquet"))
