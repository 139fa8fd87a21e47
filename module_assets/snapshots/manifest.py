"""The manifest of the module finder. Which files it names is chosen in choice.py."""

import dagster as dg

from graph import pictures
from graph.fixed import at_gate, fixed
from graph.manifest import Manifest, ManifestConfig, refused
from module_assets.catalog.asset import dataset_asset
from module_assets.rules import Rules
from module_assets.snapshots.choice import OTHERS, ModuleLooker, choose_inputs
from module_assets.snapshots.dumps import ModuleDumpsResource
from resources.io_manager import Files, LakeResource
from resources.progress import Progress

_MANIFEST = Manifest(OTHERS, read="exported_modules")
known_inputs = _MANIFEST.known
inputs_of = _MANIFEST.inputs
chosen_inputs = _MANIFEST.chosen
unreadable = _MANIFEST.unreadable


@dataset_asset(kinds=("python",), describe=pictures.manifest)
def manifest(
    context: dg.AssetExecutionContext,
    config: ManifestConfig,
    dumps: ModuleDumpsResource,
    lake: LakeResource,
    rules: dg.ResourceParam[Rules],
    progress: dg.ResourceParam[Progress],
) -> Files:
    """Chosen once: a later run of the same snapshot reads the same files.

    Until the snapshot has come to its gate, a dump of which a file changed is chosen anew, and
    `changed` says what is another; afterwards it is refused. Files are fetched where they are on a
    mirror, and verified against what the dump says of them, before anything is read.
    """
    here, key = lake.get(), context.partition_key
    found = dumps.modules()
    known = None if config.choose_again else known_inputs(here, key)
    if known:
        known = fixed(known, found.place, at_gate(here, key, OTHERS))
    looker = ModuleLooker(found, config.settling, refused(here), rules.month_days)
    wikis = config.wikis or dumps.target_wikis()
    inputs = choose_inputs(looker, key, wikis, known)
    return _MANIFEST.write(here, found.place, inputs, known, config.left_out, progress)
