from __future__ import annotations

import re
import shutil
import subprocess

import pytest
from polysift.filters.distributions import distribution
from polysift.filters.rules import RULES
from polysift.pipeline.tune.charts import chart
from polysift.pipeline.tune.report import SHOWN

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def pages(runs, polysift, tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    result = polysift("tune", runs.labelled, "--reference", runs.labelled, "--report", folder)
    assert result.code == 0, result.err
    return {path.stem: path.read_text("utf-8") for path in folder.glob("*.html")}, folder


def test_a_page_per_language_shows_every_measure(pages):
    """Each rule has its section, its chart, its methods with the share each removes, and documents beside it."""
    texts, _ = pages
    assert sorted(texts) == ["arb_Arab", "eng_Latn", "isl_Latn", "por_Latn"]
    page = texts["por_Latn"]
    assert {rule.threshold for rule in SHOWN} >= {
        rule.threshold for rule in RULES if "stop_word" not in rule.threshold
    } - {"precision"}
    for rule in SHOWN:
        assert f'id="{rule.threshold}"' in page
    section = page[page.index('id="newline_word_ratio_max"') : page.index('id="word_count_min"')]
    for method in ("English", "MeanStd", "Quantile", "10Tail", "MedianRatio"):
        assert f"<td class=left>{method}</td>" in section
    assert re.search(r"removes of<br><span [^>]+></span>reference", section)
    assert "just removed" in section


def test_pages_need_no_network(pages):
    """Nothing is loaded: no script, style, image or font from elsewhere."""
    for page in pages[0].values():
        markup, code = page.split('<script type="module">')
        assert not re.search(r"<(?:script|link|img|iframe)[^>]+(?:src|href)=", markup)
        assert "import(" not in code
        assert len(page) < 3_000_000


def test_text_runs_in_its_direction(pages):
    """Arabic text is marked right to left, Portuguese left to right, each with its language."""
    assert 'class="text" dir="rtl" lang="arb-Arab"' in pages[0]["arb_Arab"]
    assert 'class="text" dir="ltr" lang="por-Latn"' in pages[0]["por_Latn"]


def test_thresholds_off_are_not_drawn():
    """A threshold of None has no line, and a measure without any threshold has none at all."""
    found = {"crawl": distribution([0.1, 0.2])}
    assert [
        row["method"]
        for row in chart(found, {"in force": None, "English": 0.1}, "x")["layer"][1]["data"]["values"]
    ] == ["English"]
    assert len(chart(found, {"in force": None}, "x")["layer"]) == 1


def test_far_thresholds_do_not_press_the_chart():
    """A threshold far beyond every document is left to the table, unless it is the one fitted."""
    found = {"crawl": distribution([0.1, 0.2])}
    for name, right in (("MeanStd", 0.3), ("fitted", 40.0)):
        spec = chart(found, {"fitted": 0.3, name: 40.0}, "x")
        shown = {row["method"] for row in spec["layer"][1]["data"]["values"]}
        assert shown == {"fitted"}
        assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"][1] == pytest.approx(right, rel=0.03)


def test_the_overview_has_every_threshold(pages):
    """Above the sections a table has each threshold, before and now, with a link to its section."""
    page = pages[0]["isl_Latn"]
    overview = page[page.index('class="overview"') : page.index("</table>")]
    for rule in SHOWN:
        assert f'<a href="#{rule.threshold}">' in overview


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium here")
def test_charts_are_drawn_in_a_browser(pages):
    """Headless Chromium draws a chart for every measure, without a network and without an error."""
    page = pages[1] / "arb_Arab.html"
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"]
    offline = ["--host-resolver-rules=MAP * ~NOTFOUND", "--enable-logging=stderr"]
    command = [CHROMIUM, *options, *offline, "--dump-dom", page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=240)
    expected = len(re.findall(r'id="chart\d+"', page.read_text("utf-8")))
    assert done.stdout.count("<svg") >= expected > 20
    assert "CONSOLE" not in done.stderr
