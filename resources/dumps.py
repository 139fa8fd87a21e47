"""The public dumps as a Dagster resource; their layout is known in sources/dumps.py."""

from pathlib import Path

import dagster as dg
from pydantic import Field

from resources.errors import UserError
from resources.sources.dumps import Dumps
from resources.sources.places import Folder


class DumpsResource(dg.ConfigurableResource):
    """A folder of public dumps, and the wikis that suggestions are made for."""

    path: str = Field(description="The folder, with the layout of Wikimedia's public dump server.")
    wikis: str = Field(
        "", description="Target wikis, with commas between them; empty: all that are there."
    )

    def get(self) -> Dumps:
        """Give the dumps. Raises UserError where the folder is not named or not there."""
        if not self.path:
            raise UserError(
                "no dumps: set IMAGESUGGEST_DUMPS (or --dumps) to a folder with the layout of the "
                "public dumps"
            )
        return Dumps(Folder(Path(self.path)))

    def target_wikis(self) -> list[str]:
        """Give the wikis named; none is all that are there."""
        return [wiki.strip() for wiki in self.wikis.split(",") if wiki.strip()]
