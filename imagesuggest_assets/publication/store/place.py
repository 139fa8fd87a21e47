"""Which readers' store a deployment has. Nothing is opened here."""

from pathlib import Path

from imagesuggest_assets.settings import Settings
from resources.addresses import is_address
from resources.errors import UserError
from resources.stores.resource import StoreResource


def build_store(settings: Settings) -> StoreResource:
    """Make the readers' store that ``settings`` name: Cassandra, else a file, in the lake if none.

    Raises UserError where the lake is at an address, and so can not have that file in it.
    """
    if is_address(settings.lake) and not (settings.store or settings.cassandra):
        raise UserError(
            f"the readers' store is a file of this machine, and the lake {settings.lake} is not "
            "here; set IMAGESUGGEST_STORE to a file, or IMAGESUGGEST_CASSANDRA"
        )
    path = Path(settings.store) if settings.store else Path(settings.lake) / "suggestions.sqlite"
    return StoreResource(path.absolute(), settings.cassandra)
