"""`imagesuggest page-test`: does everybody get pages?"""

import sys

import click

from graph.terminal.options import out
from imagesuggest_assets.settings import Settings
from resources.errors import UserError


@click.command("page-test")
def page_test() -> None:
    """Send a test page to everybody in IMAGESUGGEST_PAGES, and say what happened.

    \b
    IMAGESUGGEST_PAGES holds URLs with white space between them, each understood by apprise or
    file:///path/to/pages.txt, and optionally what it takes:
        error=pagerduty://…  warn,error=mailto://…  json://…
    """
    from rich.markup import escape
    from rich.table import Table

    from resources.paging.destinations import destinations_from
    from resources.paging.destinations import page_test as send_test_page

    destinations = destinations_from(Settings.from_environment().pages)
    if not destinations:
        raise UserError("nobody is to be told: set IMAGESUGGEST_PAGES, see --help")
    table = Table("destination", "test page", "seconds")
    outcomes = send_test_page(destinations)
    for outcome in outcomes:
        said = "delivered" if outcome.ok else f"not delivered: {outcome.why}"
        table.add_row(escape(outcome.destination), escape(said), f"{outcome.seconds:.2f}")
    out().print(table)
    if not all(outcome.ok for outcome in outcomes):
        sys.exit(1)
