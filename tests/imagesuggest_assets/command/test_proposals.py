"""The lines that are proposed are those of a rules file, and then nothing more is proposed."""

from pathlib import Path
from typing import Any

from imagesuggest_assets.command.proposals import proposed_lines
from imagesuggest_assets.rules import Rules
from resources.stores.kinds import DEPICTS, LEAD_IMAGE

BOTH = [DEPICTS, LEAD_IMAGE]


def row(wiki: str | None, kinds: list[str], step: int, source: str, **more: Any) -> dict[str, Any]:
    given = {"wiki_db": wiki, "kinds": kinds, "step": step, "from": source}
    return {"exact": True, "scope": "sample", **given, **more}


ROWS = [
    row(None, [DEPICTS], 60, "strongest kind", exact=False),
    row(None, [LEAD_IMAGE], 80, "strongest kind", exact=False),
    row(None, BOTH, 90, "all"),
    row("chwiki", [DEPICTS], 70, "wiki"),
    row("chwiki", BOTH, 80, "wiki"),
    row("arwiki", [DEPICTS], 60, "strongest kind"),
    row("arwiki", BOTH, 90, "all"),
    row("arwiki", [DEPICTS], 10, "", scope="use"),
    row("kawiki", [DEPICTS], 70, "rule"),
]


def test_lines_say_what_would_be_another_and_keep_what_a_wiki_decided(tmp_path: Path) -> None:
    rules = Rules(wikis={"chwiki": {"least_confidence": 60, "excluded_files": ['"Ä".jpg']}})
    lines = proposed_lines(ROWS, rules, ["arwiki", "ptwiki"])
    assert lines == [
        "depicts_confidence = 60",
        f'wikis.arwiki = {{confidence = {{"{DEPICTS}+{LEAD_IMAGE}" = 90}}}}',
        'wikis.chwiki = {least_confidence = 60, excluded_files = ["\\"Ä\\".jpg"], '
        f'confidence = {{"{DEPICTS}" = 70}}}}',
        f'wikis.ptwiki = {{confidence = {{"{DEPICTS}+{LEAD_IMAGE}" = 90}}}}',
    ]
    file = tmp_path / "rules.toml"
    file.write_text("\n".join(lines))
    followed = Rules.from_toml(file)
    assert followed.wikis["chwiki"].excluded_files == rules.wikis["chwiki"].excluded_files
    assert proposed_lines(ROWS, followed, ["arwiki", "ptwiki"]) == []
