"""The gallery in a real browser: with the mouse, with keys alone, without script, at any width."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.by import By

from imagesuggest_assets.settings import Settings
from resources.engine import Engine
from resources.lake import Lake
from tests.browser import Browser, chromium
from tests.imagesuggest_assets.server.judged import kept
from tests.imagesuggest_assets.server.running import (
    ARTICLE,
    P18,
    SECOND,
    opened,
    publish,
    running,
    suggested,
)

ROWS = [
    *ARTICLE,
    *(suggested("ptwiki", page, f"Title_{page}", f"{page}.jpg") for page in range(20, 30)),
    *(suggested("arwiki", 1, "غزال_جميل", f"غزال_{number}.jpg", 90, [P18]) for number in (1, 2)),
]
HOSTILE = suggested("ptwiki", 50, "<img src=x onerror=alert(1)>", '"><script>alert(1)</script>.jpg')


class Judge(Browser):
    """A browser on the gallery, and what was judged with it."""

    def __init__(self, driver: Chrome, address: str, judgements: Path) -> None:
        super().__init__(driver, address)
        self._judgements = judgements
        self._before = 0

    def forget(self) -> None:
        """Begin with what is judged from now on."""
        super().forget()
        self._before = len(kept(self._judgements))

    def judged(self) -> list[tuple[str, str, list[str]]]:
        """Give file, verdict and reasons of what was judged, in order."""
        found = kept(self._judgements)[self._before :]
        return [(each.file_name, each.verdict, each.reasons) for each in found]

    def focused(self) -> str:
        """Give the name of the suggestion that has the focus."""
        card = self.driver.switch_to.active_element
        return card.find_element(By.TAG_NAME, "bdi").text if card.text else card.tag_name

    def focused_at(self) -> float:
        """Give how far from the top of the window what has the focus begins, in pixels."""
        script = "return document.activeElement.getBoundingClientRect().top"
        return float(self.driver.execute_script(script))


@pytest.fixture(scope="module")
def gallery(
    tmp_path_factory: pytest.TempPathFactory, duckdb_engine: Engine
) -> Iterator[tuple[httpx.Client, Path]]:
    folder = tmp_path_factory.mktemp("browser")
    place = folder / "store.sqlite"
    with closing(Lake(folder / "lake")) as lake, opened(place) as store:
        publish(lake, duckdb_engine, store, [*ROWS, HOSTILE], SECOND)
    people = Settings(judgements=str(folder / "judgements"), pictures="drawn")
    with running(folder / "lake", place, people) as client:
        yield client, folder / "judgements"


@pytest.fixture(scope="module")
def started() -> Iterator[Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def browser(started: Chrome, gallery: tuple[httpx.Client, Path]) -> Iterator[Judge]:
    """A browser in which nothing is judged yet, and which asks nobody but the server."""
    client, judgements = gallery
    made = Judge(started, str(client.base_url), judgements)
    made.forget()
    yield made
    address = str(client.base_url)
    assert [each for each in made.asked() if not each.startswith((address, "data:"))] == []
    errors = [each for each in started.get_log("browser") if each["level"] == "SEVERE"]
    assert [each for each in errors if "409" not in each["message"]] == []


def test_with_the_mouse_one_judges_a_suggestion_after_the_other(browser: Judge) -> None:
    browser.open("/gallery/ptwiki/20")
    browser.click_and_go_on("button[value=fits]")
    assert browser.find(".said").text == "You said: it fits."
    browser.find(".reject summary").click()
    browser.find("input[value=lowquality]").click()
    browser.find("input[value=other]").click()
    browser.click_and_go_on(".rejects")
    assert browser.judged() == [
        ("20.jpg", "fits", []),
        ("20.jpg", "rejected", ["lowquality", "other"]),
    ]


def test_with_keys_alone_one_judges_a_list(browser: Judge) -> None:
    browser.open("/gallery/ptwiki?seed=0")
    assert browser.focused() == "Z.jpg"
    browser.press_and_go_on("f")
    assert browser.focused() == "Y.jpg"
    browser.press("j", "j", "k")
    assert browser.focused() == "A.jpg"
    browser.press_and_go_on("14", Keys.ENTER)
    assert browser.focused() == "C.jpg"
    browser.press("r", Keys.SPACE, Keys.ESCAPE)
    assert browser.focused() == "C.jpg"
    browser.press_and_go_on("u")
    browser.press_and_go_on("s")
    assert browser.focused() == "D.jpg"
    # Who comes back begins with the first that is not judged, and sees it.
    browser.open("/gallery/ptwiki?seed=0&")
    assert browser.focused() == "Y.jpg"
    assert 0 <= browser.focused_at() < 900
    assert browser.judged() == [
        ("Z.jpg", "fits", []),
        ("A.jpg", "rejected", ["notrelevant", "lowquality"]),
        ("C.jpg", "used", []),
    ]


def test_with_keys_alone_one_judges_a_sample_and_goes_back(browser: Judge) -> None:
    browser.open("/measure/ptwiki")
    first = browser.find("h2").text
    browser.press_and_go_on("f")
    browser.press_and_go_on("b")
    assert browser.find("h2").text == first
    browser.press_and_go_on("1", Keys.ENTER)
    assert browser.find("h2").text != first
    name = first.replace(" ", "_")
    assert browser.judged() == [(name, "fits", []), (name, "rejected", ["notrelevant"])]


def test_a_rejection_without_a_reason_is_not_sent(browser: Judge) -> None:
    browser.open("/gallery/ptwiki/21")
    browser.press("r", Keys.ENTER)
    assert browser.find("input[value=notrelevant]").get_property("validationMessage")
    browser.press_and_go_on(Keys.SPACE, Keys.ENTER)
    assert browser.judged() == [("21.jpg", "rejected", ["notrelevant"])]


def test_keys_are_not_heard_where_no_suggestion_has_the_focus(browser: Judge) -> None:
    browser.open("/gallery/ptwiki/22")
    browser.find(".home").send_keys("f")
    browser.click_and_go_on(".home")
    assert browser.judged() == []


def test_without_script_all_can_be_judged(browser: Judge) -> None:
    browser.let_script_run(False)
    browser.open("/gallery/ptwiki/23")
    browser.find(".reject summary").click()
    browser.find("input[value=noinfo]").click()
    browser.click_and_go_on(".rejects")
    browser.open("/gallery/ptwiki/24")
    browser.click_and_go_on("button[value=used]")
    assert browser.judged() == [("23.jpg", "rejected", ["noinfo"]), ("24.jpg", "used", [])]


def test_an_arabic_wiki_is_read_and_judged_from_right_to_left(browser: Judge) -> None:
    browser.open("/gallery/arwiki/1")
    right, left = browser.driver.find_elements(By.CSS_SELECTOR, ".card")
    assert right.rect["x"] > left.rect["x"]
    assert browser.find("h1 bdi").get_attribute("lang") == "ar"
    assert browser.find("h1 bdi").text == "غزال جميل"
    browser.press_and_go_on("f")
    assert browser.judged() == [("غزال_1.jpg", "fits", [])]


def test_a_hostile_name_runs_nothing_and_is_judged_as_any_other(browser: Judge) -> None:
    browser.open("/gallery/ptwiki/50")
    assert browser.find("h1").text == "<img src=x onerror=alert(1)>"
    assert browser.focused() == HOSTILE[5]
    # An alert that is open fails whatever comes next.
    browser.press_and_go_on("f")
    assert browser.judged() == [(HOSTILE[5], "fits", [])]


@pytest.mark.parametrize(
    ("path", "scheme"),
    [
        ("/", "light"),
        ("/gallery/arwiki?confidence=70", "light"),
        ("/gallery/ptwiki/20", "dark"),
        ("/measure/ptwiki", "light"),
        ("/explain/ptwiki/Shown", "light"),
        ("/judgements", "dark"),
        ("/login", "light"),
    ],
)
def test_axe_finds_no_fault_and_nothing_stands_out_at_320_pixels(
    browser: Judge, path: str, scheme: str
) -> None:
    browser.wide(320, scheme)
    browser.open(path)
    assert browser.faults() == []
    assert browser.width() <= 320
