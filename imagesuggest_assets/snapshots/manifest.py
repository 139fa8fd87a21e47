"""The manifest of the image suggestions. Which files it names is chosen in choice.py."""

import dagster as dg

from graph import pictures
from graph.fixed import at_gate, fixed
from graph.green_lights import Looker
from graph.manifest import Manifest, ManifestConfig, refused
from imagesuggest_assets.catalog.asset import dataset_asset
from imagesuggest_assets.rules import Rules
from imagesuggest_assets.snapshots.choice import NO_WIKIS, choose_inputs, refuse_unknown
from imagesuggest_assets.snapshots.sources import DUMPS
from resources.dumps import DumpsResource
from resources.io_manager import Files, LakeResource
from resources.progress import Progress

# The tables of the wikis are read together; of each the same wikis are remembered.
_MANIFEST = Manifest(NO_WIKIS, read="mediawiki_page")
known_inputs = _MANIFEST.known
inputs_of = _MANIFEST.inputs
chosen_inputs = _MANIFEST.chosen
unreadable = _MANIFEST.unreadable


@dataset_asset(kinds=("python",), describe=pictures.manifest, deps=DUMPS)
def manifest(
    context: dg.AssetExecutionContext,
    config: ManifestConfig,
    dumps: DumpsResource,
    lake: LakeResource,
    rules: Rules,
    progress: dg.ResourceParam[Progress],
) -> Files:
    """Chosen once: a later run of the same snapshot reads the same files.

    Until the snapshot has come to its gate, a dump of which a file changed is chosen anew, and
    `changed` says what is another; afterwards it is refused. Files are fetched where they are on a
    mirror, and verified against what the dump says of them, before anything is read.
    """
    here, key = lake.get(), context.partition_key
    found = dumps.provider()
    known = None if config.choose_again else known_inputs(here, key)
    if known:
        known = fixed(known, found.place, at_gate(here, key, NO_WIKIS))
    looker = Looker(found, config.settling, refused(here))
    wikis = config.wikis or dumps.target_wikis()
    inputs = choose_inputs(looker, key, wikis, rules, known)
    refuse_unknown(here, found, rules, {*inputs.wikis, *inputs.left_out, *config.left_out})
    return _MANIFEST.write(here, found.place, inputs, known, config.left_out, progress)
