"""`modules module`: one module. What is known of it is found in answers/modules.py."""

import json
import sys
from datetime import datetime

import click

from graph.terminal.options import snapshot_option
from module_assets.command.options import lake_option
from module_assets.command.wanted import opened


@click.command()
@click.argument("module", metavar="WIKI/PAGE_ID|WIKI:TITLE")
@click.option("--code", is_flag=True, help="Show its code, too.")
@click.option(
    "--format",
    "form",
    default="table",
    show_default=True,
    type=click.Choice(["table", "json"]),
    help="To read, or for a program.",
)
@snapshot_option
@lake_option
def module(module: str, code: bool, form: str, snapshot: str | None, lake: str) -> None:
    """Show one module: what is known of it, what it refers to, who refers to it."""
    from graph.terminal.rows import write_rows
    from module_assets.answers import modules as answers

    with opened(lake, snapshot) as there:
        named = answers.module_named(there, module)
        facts = answers.facts_of(there, *named)
        lists = {
            "refers_to": answers.refers_to(there, *named),
            "referred_by": answers.referred_by(there, *named),
            "functions": answers.functions_of(there, *named),
        }
        text = answers.text_of(there, *named) if code else None
    if form == "json":
        told = {**facts, **lists, "code": text}
        click.echo(json.dumps(told, ensure_ascii=False, default=datetime.isoformat, indent=1))
        return
    facts_rows = [
        {"of it": name, "known": value} for name, value in facts.items() if "_scaled" not in name
    ]
    write_rows(facts_rows, ("of it", "known"), "table", sys.stdout)
    titles = {
        "refers_to": "It refers to",
        "referred_by": "These refer to it",
        "functions": "Its functions; wikis and families have one of the same shape",
    }
    for name, rows in lists.items():
        if rows:
            click.echo(f"\n{titles[name]}")
            write_rows(rows, list(rows[0]), "table", sys.stdout)
    if text is not None:
        click.echo(f"\n{text}")
