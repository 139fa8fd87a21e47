"""`imagesuggest serve`: the API on what is published. What it answers is in server/."""

import click

from imagesuggest_assets.command.options import lake_option


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any that is free.",
)
@lake_option
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Processes that answer; as many as cores are enough.",
)
def serve(host: str, port: int, lake: str, workers: int) -> None:
    """Serve what is published to readers and editing tools, until it is stopped.

    Pages come from the readers' store, lists from the lake; nothing is ever written to either.
    GET /openapi describes all addresses.
    """
    from imagesuggest_assets.server.serving import serve as run

    run(host, port, lake, workers)
