"""The module finder in a real browser (modules_lake): sliders, keys alone, no script, any width."""

from collections.abc import Iterator

import httpx
import pytest
from selenium.webdriver import Chrome, Keys
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.browser import Browser, chromium
from tests.module_assets.server.conftest import GAZELLE, HOSTILE, LONG, MARKUP

pytest_plugins = ["tests.module_assets.fixtures"]

COPIES = "#weight_copies"


@pytest.fixture(scope="module")
def started() -> Iterator[Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture
def browser(started: Chrome, client: httpx.Client) -> Iterator[Browser]:
    """A browser that asks nobody but the server, and in which nothing goes wrong."""
    made = Browser(started, str(client.base_url))
    made.forget()
    made.asked()
    yield made
    assert [each for each in made.asked() if not each.startswith(made.address)] == []
    assert [each for each in started.get_log("browser") if each["level"] == "SEVERE"] == []


def scores(browser: Browser) -> list[str]:
    return [each.text for each in browser.driver.find_elements(By.CSS_SELECTOR, ".score")]


def family(client: httpx.Client, title: str) -> str:
    """Give a family; `often` has many versions."""
    found: str = client.get("/api/v1/families", params={"q": title}).json()["rows"][0]["family_id"]
    return found


def test_a_slider_bends_the_list_and_the_address_says_how(browser: Browser) -> None:
    browser.open("/")
    before = scores(browser)
    browser.find(".weights summary").click()
    slider = browser.find("#weight_copies + input[type=range]")
    page = browser.find("html")
    ActionChains(browser.driver).drag_and_drop_by_offset(slider, -slider.rect["width"], 0).perform()
    browser.followed(page)
    assert browser.driver.current_url == f"{browser.address}/?weights=copies:0"
    assert browser.find(f"{COPIES} + input[type=range]").get_property("value") == "0"
    assert scores(browser) != before


def test_with_keys_alone_one_moves_a_slider_and_goes_on_with_it(browser: Browser) -> None:
    browser.open("/")
    browser.find(".weights summary").send_keys(Keys.ENTER)
    slider = browser.find(f"{COPIES} + input[type=range]")
    browser.driver.execute_script("arguments[0].focus()", slider)
    browser.press_and_go_on(Keys.ARROW_RIGHT)
    assert browser.driver.current_url == f"{browser.address}/?weights=copies:4.5"
    browser.press_and_go_on(Keys.ARROW_RIGHT)
    assert browser.driver.current_url == f"{browser.address}/?weights=copies:5"
    assert browser.find(COPIES).get_property("value") == "5"
    browser.click_and_go_on(".do .button")
    assert browser.driver.current_url == f"{browser.address}/"


def test_without_script_weights_are_numbers_of_the_form(browser: Browser) -> None:
    browser.let_script_run(False)
    browser.open("/?q=family")
    browser.find(".weights summary").click()
    assert browser.driver.find_elements(By.CSS_SELECTOR, "input[type=range]") == []
    field = browser.find(COPIES)
    field.clear()
    field.send_keys("0")
    browser.click_and_go_on("#choose button")
    assert browser.driver.current_url == f"{browser.address}/?q=family&weights=copies:0"
    assert browser.find(COPIES).get_property("value") == "0"


def test_two_modules_are_compared_in_three_ways_by_keys_and_by_mouse(
    browser: Browser, client: httpx.Client
) -> None:
    often = family(client, "often")
    browser.open(f"/family/{often}")
    row = browser.driver.find_elements(By.CSS_SELECTOR, "input[name=b]")[2]
    other = row.get_property("value")
    row.send_keys(Keys.SPACE)
    browser.press_and_go_on(Keys.ENTER)
    assert browser.find("#differs").text.startswith(f"How {often} and {other} differ")
    assert browser.find(".views [aria-current]").text == "as written"
    written = browser.driver.find_elements(By.CSS_SELECTOR, ".diff .added")
    browser.click_and_go_on(".views a:nth-child(3)")
    assert browser.find(".views [aria-current]").text == "structure alone"
    structure = browser.driver.find_elements(By.CSS_SELECTOR, ".diff .added")
    assert 0 < len(structure) <= len(written)


def test_a_hostile_title_and_text_run_nothing(browser: Browser) -> None:
    browser.open("/module/{}/{}".format(*HOSTILE))
    # An alert that is open fails whatever comes next.
    assert browser.find("h1").text == MARKUP
    assert browser.driver.find_elements(By.CSS_SELECTOR, "main img, main script") == []
    odd = [each.text for each in browser.driver.find_elements(By.CSS_SELECTOR, ".code .odd")]
    assert odd == ["U+202E", "U+2066", "U+0000", "U+200B"]


def test_a_title_that_is_read_from_right_to_left_leaves_what_is_around_it(
    browser: Browser,
) -> None:
    browser.open(f"/modules?wiki=arwiki&q={GAZELLE}")
    cells = browser.find(".ranked tbody tr").find_elements(By.CSS_SELECTOR, "td, th")
    assert [cell.rect["x"] for cell in cells] == sorted(cell.rect["x"] for cell in cells)
    assert cells[1].text == "غزال جميل"


PAGES = [
    ("/", "light"),
    ("/?q=family&weights=copies:7,readers:0&min_wikis=2", "dark"),
    ("/modules?wiki=arwiki", "light"),
    ("/functions", "dark"),
    ("/family/{family}", "light"),
    ("/family/{family}?a={family}&b=enwiki/103&view=code", "dark"),
    ("/module/{}/{}".format(*HOSTILE), "dark"),
    ("/module/enwiki/103", "light"),
    ("/function/{function}", "light"),
    ("/modules?q=never", "light"),
]


@pytest.mark.parametrize(("path", "scheme"), PAGES)
def test_axe_finds_no_fault_and_nothing_stands_out_at_320_pixels(
    browser: Browser, client: httpx.Client, path: str, scheme: str
) -> None:
    function = client.get("/api/v1/functions?limit=1").json()["rows"][0]["shape"]
    browser.wide(320, scheme)
    browser.open(path.format(family=family(client, "family"), function=function))
    assert browser.faults() == []
    assert browser.width() <= 320


def test_two_megabytes_on_one_line_do_not_stand_out(browser: Browser) -> None:
    browser.wide(320)
    browser.open("/module/{}/{}".format(*LONG))
    assert browser.width() <= 320
    assert browser.find(".code").rect["height"] < 1000
