"""`imagesuggest serve`: gallery and API on what is published. What it answers is in server/."""

import click

from imagesuggest_assets.command.options import lake_option, setting


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
@setting("judgements", "DIR", "Where what people judge is kept; without it data/judgements.")
@setting(
    "pictures", "commons|drawn", "Where pictures come from: Commons, or drawn without network."
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1),
    help="Processes that answer; as many as cores are enough.",
)
def serve(host: str, port: int, lake: str, judgements: str, pictures: str, workers: int) -> None:
    """Serve what is published to people, who look at it and judge, and to readers and editing
    tools, until it is stopped.

    Pages come from the readers' store, lists from the lake; nothing is ever written to either.
    GET / is for people, GET /openapi describes the API. Who judges on another machine needs a
    token (IMAGESUGGEST_JUDGES), or a proxy that names them (IMAGESUGGEST_JUDGES_PROXY).
    """
    from imagesuggest_assets.server.serving import serve as run

    run(host, port, workers, lake=lake, judgements=judgements, pictures=pictures)
