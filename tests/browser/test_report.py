"""The report in a real browser: it asks for nothing, complains of nothing, and fits a phone and paper."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pulumi_ctune.insight.report.facts import Report
from pulumi_ctune.insight.report.page import html
from tests.insight.reports import HOSTILE, report, run
from tools.chromium import Browser, Theme

WIDER_THAN_PAGE = """[...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect(), frame = e.parentElement.closest(".scroll, svg, .pill");
  return !frame && box.right > document.documentElement.clientWidth + 1;
}).map(e => e.outerHTML.slice(0, 80))"""

CONTRASTS = """(() => {
  const luminance = text => {
    const part = c => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
    const [r, g, b] = text.match(/[\\d.]+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const ground = e => {
    for (; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if (!colour.endsWith(', 0)')) return colour;
    }
  };
  return [...document.querySelectorAll('body *')]
    .filter(e => !e.closest('svg') && [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => {
      const one = luminance(getComputedStyle(e).color), two = luminance(ground(e));
      return [(Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05), e.outerHTML.slice(0, 80)];
    })
    .filter(([contrast]) => contrast < 4.5);
})()"""


def chain() -> Report:
    return report(run(1, overfits=True), run(2, "other", steps=500))


def hostile() -> Report:
    runs = [run(number, name) for number, name in enumerate(HOSTILE.values(), 1)]
    return report(*runs, title=HOSTILE["script"], gaps=[HOSTILE["quotes"]])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {"chain": chain(), "hostile": hostile(), "empty": report()}

    def write(name: str) -> Path:
        file = folder / f"{name}.html"
        file.write_text(html(made[name], compare=True), encoding="utf-8")
        return file

    return write


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("name", ["chain", "hostile", "empty"])
def test_page_asks_for_nothing_and_fits(
    browser: Browser, written: Callable[[str], Path], name: str, width: int, theme: Theme
) -> None:
    page = browser.open(written(name), width=width, theme=theme)

    assert page.requests == []
    assert page.errors == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(WIDER_THAN_PAGE) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, written: Callable[[str], Path], theme: Theme) -> None:
    """As much as WCAG 2 asks for: 4.5 to 1."""
    page = browser.open(written("chain"), width=1280, theme=theme)

    assert page.evaluate(CONTRASTS) == []


def test_themes_differ(browser: Browser, written: Callable[[str], Path]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    light = browser.open(written("chain"), width=1280, theme="light").evaluate(ground)
    dark = browser.open(written("chain"), width=1280, theme="dark").evaluate(ground)

    assert (light, dark) == ("rgb(246, 247, 249)", "rgb(14, 17, 22)")


def test_paper_is_white_whatever_the_theme(browser: Browser, written: Callable[[str], Path]) -> None:
    page = browser.open(written("chain"), width=794, theme="dark", media="print")

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("document.documentElement.scrollWidth") == 794
    assert page.pdf().startswith(b"%PDF")


def test_no_name_becomes_markup(browser: Browser, written: Callable[[str], Path]) -> None:
    """Neither a tag, nor an attribute, nor a link to anywhere."""
    page = browser.open(written("hostile"), width=1280)

    assert page.evaluate("document.querySelectorAll('script, img, iframe, object, link, form').length") == 0
    assert page.evaluate("[...document.querySelectorAll('[onmouseover], [onerror]')].length") == 0
    assert page.evaluate("[...document.querySelectorAll('a')].every(a => a.getAttribute('href').startsWith('#'))")
    assert "broken" not in page.evaluate("document.title").partition("<script>")[0]
    assert page.evaluate("document.querySelectorAll('section.run[id]').length") == len(HOSTILE)


def test_phone_has_its_own_picture_of_the_chain(browser: Browser, written: Callable[[str], Path]) -> None:
    shown = "[...document.querySelectorAll('.chain')].filter(e => e.offsetParent).map(e => e.className)"

    assert browser.open(written("chain"), width=390).evaluate(shown) == ["chain tall"]
    assert browser.open(written("chain"), width=1280).evaluate(shown) == ["chain wide"]


def test_text_in_pictures_can_be_read_on_a_phone(browser: Browser, written: Callable[[str], Path]) -> None:
    page = browser.open(written("chain"), width=390)

    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('.chart text, .chain.tall text')].map(e => {"
        "const svg = e.ownerSVGElement; return parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a; }))"
    )
    assert smallest >= 9


def test_browser_runs_no_script_in_it(browser: Browser, tmp_path: Path) -> None:
    """Whatever gets into the page: its policy allows styles and nothing else."""
    file = tmp_path / "planted.html"
    planted = "<script>document.title = 'broken'</script></body>"
    file.write_text(html(chain()).replace("</body>", planted), encoding="utf-8")

    page = browser.open(file, width=1280)

    assert page.evaluate("document.title") == "support-bot: tuning report"
    assert any("Content Security Policy" in error for error in page.errors)


def test_no_markup_is_shown_as_text(browser: Browser, written: Callable[[str], Path]) -> None:
    page = browser.open(written("chain"), width=1280)

    assert "<" not in page.evaluate("document.body.innerText")
