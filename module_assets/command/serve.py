"""`modules serve`: pages and API on what is shown. What it answers is in server/."""

import click

from module_assets.command.options import lake_option


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8081,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any that is free.",
)
@click.option(
    "--root-path",
    default="",
    metavar="/PATH",
    envvar="MODULES_ROOT_PATH",
    show_envvar=True,
    help="Path that a proxy serves it below, such as /modules; it may take it off or not.",
)
@lake_option
def serve(host: str, port: int, root_path: str, lake: str) -> None:
    """Serve the newest snapshot that was let through to people, and to programs, until it is
    stopped. A newer one is seen without a restart.

    The lake is only read. GET / is for people, GET /openapi.json describes the API.
    """
    from module_assets.server.serving import serve as run

    run(host, port, root_path, lake=lake)
