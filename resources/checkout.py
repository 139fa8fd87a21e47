"""Where this code lies."""

from pathlib import Path


def checkout() -> Path:
    """Give the checkout that this file belongs to; the working folder, if it is installed."""
    folder = Path(__file__).resolve().parent.parent
    return folder if (folder / "pyproject.toml").exists() else Path.cwd()
