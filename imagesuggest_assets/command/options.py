"""The options that several commands of `imagesuggest` have."""

from graph.terminal.options import Options
from imagesuggest_assets.settings import PREFIXES

OPTIONS = Options(PREFIXES)
LAKE_HELP = (
    "Folder or address (hdfs://…, s3://…) that datasets are kept at; without it data/lake in the "
    "checkout."
)
setting = OPTIONS.setting
dumps_option = setting(
    "dumps",
    "DIR|URL|hive",
    "Folder or mirror with the layout of the public dumps, or a catalog's tables; needed.",
)
wikis_option = setting("wikis", "A,B", "Target wikis; without it all that are there.")
lake_option = setting("lake", "DIR|ADDRESS", LAKE_HELP)
rules_option = OPTIONS.rules()
