"""What a mirror answered, kept on disk, so that it need only say that nothing has changed."""

import os
import time
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

import msgspec


class Response(msgspec.Struct, frozen=True):
    """A body, the URL it came from in the end, and what tells it from a later one."""

    url: str
    etag: str
    last_modified: str
    body: bytes

    def conditions(self) -> dict[str, str]:
        """Give the headers that ask for the body only if it is another now."""
        headers = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in headers.items() if value}


class Responses:
    """A folder of responses; several processes may use it. Forgets those not used for long."""

    def __init__(self, folder: Path, remembered_seconds: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    if entry.stat().st_mtime < time.time() - remembered_seconds:
                        Path(entry).unlink()
                except FileNotFoundError:
                    # Another process forgot it.
                    continue

    def get(self, url: str) -> Response | None:
        """Give what is remembered of a URL."""
        file = self._file(url)
        try:
            found = msgspec.msgpack.decode(file.read_bytes(), type=Response)
            os.utime(file)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        return found

    def put(self, url: str, response: Response) -> None:
        """Remember a response in the place of what was; nothing where nothing can tell it apart."""
        if not response.conditions():
            self.forget(url)
            return
        new = self._folder / uuid4().hex
        new.write_bytes(msgspec.msgpack.encode(response))
        new.replace(self._file(url))

    def forget(self, url: str) -> None:
        """Remember a URL no longer."""
        self._file(url).unlink(missing_ok=True)

    def _file(self, url: str) -> Path:
        return self._folder / sha256(url.encode()).hexdigest()
