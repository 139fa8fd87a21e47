"""A real browser on a server of this machine: with the mouse, with keys, without script, at any
width, light or dark.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_core_python
import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.wait import WebDriverWait

AXE = Path(axe_core_python.__file__).with_name("axe.min.js")
MISSING = "no chromium and chromedriver on the PATH; on Debian: apt-get install chromium-driver"


class Browser:
    """A browser on one server."""

    def __init__(self, driver: Chrome, address: str) -> None:
        self.driver = driver
        self.address = address

    def forget(self) -> None:
        """Let it be wide again, and script run."""
        self.wide(1000)
        self.let_script_run(True)

    def let_script_run(self, let: bool) -> None:
        self.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not let})

    def open(self, path: str) -> None:
        self.driver.get(f"{self.address}{path}")

    def wide(self, width: int, scheme: str = "light") -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})

    def find(self, css: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, css)

    def press(self, *keys: str) -> None:
        ActionChains(self.driver).send_keys(*keys).perform()

    def press_and_go_on(self, *keys: str) -> None:
        """Press keys of which the last leads to another page; wait for that."""
        page = self.find("html")
        self.press(*keys)
        self.followed(page)

    def click_and_go_on(self, css: str) -> None:
        page = self.find("html")
        self.find(css).click()
        self.followed(page)

    def asked(self) -> set[str]:
        """Give where requests went since this was asked last."""
        events = (
            json.loads(each["message"])["message"] for each in self.driver.get_log("performance")
        )
        return {
            event["params"]["request"]["url"]
            for event in events
            if event["method"] == "Network.requestWillBeSent"
        }

    def faults(self) -> list[tuple[str, str, str]]:
        """Give what axe finds fault with on the page, with all of it opened."""
        self.driver.execute_script(AXE.read_text())
        self.driver.execute_script(
            "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
        )
        found = self.driver.execute_async_script("axe.run().then(arguments[0])")
        return [
            (each["id"], node["html"], node["failureSummary"])
            for each in found["violations"]
            for node in each["nodes"]
        ]

    def width(self) -> int:
        """Give how wide the page is, with what stands out."""
        return int(self.driver.execute_script("return document.documentElement.scrollWidth"))

    def followed(self, page: WebElement) -> None:
        """Wait for the page that comes after one."""

        def another(driver: Any) -> bool:
            ready = driver.execute_script("return document.readyState") == "complete"
            return ready and driver.find_element(By.CSS_SELECTOR, "html") != page

        WebDriverWait(self.driver, 30, 0.02).until(another)


@contextmanager
def chromium() -> Iterator[Chrome]:
    """Start a browser that can reach this machine only."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        if os.environ.get("CI"):
            pytest.fail(MISSING)
        pytest.skip(MISSING)
    options = ChromeOptions()
    options.binary_location = binary
    for argument in (
        *("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"),
        *("disable-background-networking", "disable-component-update", "no-first-run"),
        "hide-scrollbars",
        "host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    started = Chrome(options=options, service=Service(driver))
    yield started
    started.quit()
