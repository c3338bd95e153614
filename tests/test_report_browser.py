"""The HTML report in headless Chromium: light, dark, phone, paper, and under attack."""

from __future__ import annotations

import base64
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from logattr.report.html import findings_html

from .report_fixtures import make_findings, with_every_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver import Chrome

    from logattr.report.findings import Findings

CHROMIUM = shutil.which("chromium")
CHROMEDRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (CHROMIUM and CHROMEDRIVER),
    reason="needs chromium and chromedriver (Debian: chromium, chromium-driver)",
)

ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)
HOSTILE = (
    "<script>alert(1)</script>\"><img src=x onerror=alert(1)><svg onload=alert(1)>' onmouseover='alert(1)"
    "javascript:alert(1){{7*7}}</pre></style></title><!--\x1b[31m\u202e\u2066\u200b"
)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    from selenium.webdriver import Chrome, ChromeOptions
    from selenium.webdriver.chrome.service import Service

    options = ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def show(
    browser: Chrome, folder: Path, findings: Findings, *, width: int = 1200, scheme: str = "light"
) -> None:
    """Open the report on a screen of a given width; older messages of the browser are dropped."""
    path = folder / "report.html"
    path.write_text(findings_html(findings), encoding="utf-8")
    feature = {"name": "prefers-color-scheme", "value": scheme}
    screen = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": [feature]})
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)
    browser.get("about:blank")
    browser.get_log("browser")
    browser.get_log("performance")
    browser.get(path.as_uri())


def requests(browser: Chrome) -> list[str]:
    """Every address the page asked for since it was opened."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    sent = [message for message in messages if message["method"] == "Network.requestWillBeSent"]
    return [message["params"]["request"]["url"] for message in sent]


def dialog_is_open(browser: Chrome) -> bool:
    from selenium.common.exceptions import NoAlertPresentException

    try:
        browser.switch_to.alert.dismiss()
    except NoAlertPresentException:
        return False
    return True


def census(browser: Chrome) -> dict[str, Any]:
    """How many elements of each kind, and how many attributes, the browser sees."""
    script = """
        const tags = {}, attributes = {};
        for (const element of document.querySelectorAll('*')) {
            tags[element.tagName] = (tags[element.tagName] || 0) + 1;
            for (const {name} of element.attributes) attributes[name] = (attributes[name] || 0) + 1;
        }
        return {tags, attributes};
    """
    result: dict[str, Any] = browser.execute_script(script)
    return result


def test_the_report_opens_without_errors_dialogs_or_requests(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, make_findings())

    assert browser.title == "Who came, and who was not hiding? Liaoning (CN-LN) or Spain (ES)"
    assert len(browser.find_elements("css selector", "article.card")) == 4
    assert not dialog_is_open(browser)
    assert browser.get_log("browser") == []
    assert requests(browser) == [(tmp_path / "report.html").as_uri()]


@pytest.mark.parametrize("width", [320, 360, 768, 1200])
def test_no_screen_scrolls_sideways(browser: Chrome, tmp_path: Path, width: int) -> None:
    long_words = with_every_text(make_findings(), lambda text: text + "W" * 200)
    for findings in (make_findings(), long_words):
        show(browser, tmp_path, findings, width=width)
        browser.execute_script("document.querySelectorAll('details').forEach(it => { it.open = true; })")

        # A desktop's scroll bar takes its own share of the width.
        sideways = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert browser.execute_script(sideways) == 0


def test_letters_are_large_enough_to_read_on_a_phone(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, make_findings(), width=360)
    script = """
        return Math.min(...[...document.querySelectorAll('body *')].filter(it => it.innerText)
            .map(it => parseFloat(getComputedStyle(it).fontSize)))
    """

    assert browser.execute_script(script) >= 12


def test_a_dark_system_gets_a_dark_page(browser: Chrome, tmp_path: Path) -> None:
    script = "const style = getComputedStyle(document.body); return [style.backgroundColor, style.color]"
    show(browser, tmp_path, make_findings(), scheme="light")
    light = browser.execute_script(script)
    show(browser, tmp_path, make_findings(), scheme="dark")
    dark = browser.execute_script(script)

    assert light == ["rgb(252, 251, 248)", "rgb(29, 28, 26)"]
    assert dark == ["rgb(22, 21, 19)", "rgb(236, 232, 223)"]


def test_paper_shows_what_a_screen_folds_away(browser: Chrome, tmp_path: Path) -> None:
    height = "return document.querySelector('{}').getBoundingClientRect().height"
    show(browser, tmp_path, make_findings())
    folded = browser.execute_script(height.format("#clients"))
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})

    assert browser.execute_script(height.format("#clients")) > 3 * folded
    assert browser.execute_script(height.format("nav")) == 0
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(pdf["data"]).startswith(b"%PDF-")


def test_a_log_full_of_attacks_changes_nothing(browser: Chrome, tmp_path: Path) -> None:
    show(browser, tmp_path, with_every_text(make_findings(), lambda text: "x" * len(HOSTILE) + text))
    harmless = census(browser)
    show(browser, tmp_path, with_every_text(make_findings(), lambda text: HOSTILE + text))

    assert not dialog_is_open(browser)
    assert census(browser) == harmless
    assert browser.get_log("browser") == []
    assert requests(browser) == [(tmp_path / "report.html").as_uri()]
    assert "<script>alert(1)</script>" in browser.find_element("css selector", "article.card h3").text


def test_even_a_script_that_got_into_the_page_would_not_run(browser: Chrome, tmp_path: Path) -> None:
    page = findings_html(make_findings()).replace(
        "</body>", "<script>document.title = 'owned'</script></body>"
    )
    (tmp_path / "owned.html").write_text(page, encoding="utf-8")
    browser.get((tmp_path / "owned.html").as_uri())

    assert browser.title != "owned"
    assert "Content Security Policy" in browser.get_log("browser")[0]["message"]
