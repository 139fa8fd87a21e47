"""The options that several commands of `modules` have."""

import click

from graph.terminal.options import Option, Options
from module_assets.settings import OWN, PREFIXES

OPTIONS = Options(PREFIXES)
_OWN = Options(OWN)
dumps_option = OPTIONS.setting(
    "dumps", "DIR|URL", "Folder or mirror with the layout of the public dumps; needed."
)
wikis_option = _OWN.setting("wikis", "A,B", "Wikis to read; without it all that are there.")
lake_option = _OWN.setting(
    "lake",
    "DIR|ADDRESS",
    "Folder or address (hdfs://…, s3://…) that datasets are kept at; without it data/modules in "
    "the checkout.",
)
rules_option = _OWN.rules()


def weights_option(features: str) -> Option:
    """Other weights than the usual ones."""
    return click.option(
        "--weights",
        default="",
        metavar="NAME:WEIGHT,…",
        help=f"Other weights, from 0 to 10, such as `copies:6,readers:1`; of {features}.",
    )
