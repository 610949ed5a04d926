"""The page of a suite: self-contained, the same bytes each time, and all that it says is in the results."""

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise

import pytest

from benchmarks.experiments import EXPERIMENTS, STUDIES
from benchmarks.experiments.colours import look_of
from benchmarks.experiments.suite import Suite
from benchmarks.records.result import RESULTS
from benchmarks.reports.leaderboard.board import board_of, results_address
from benchmarks.reports.leaderboard.charts import _apart, interval_bar
from benchmarks.reports.leaderboard.page import as_html, write_board
from benchmarks.reports.ledger import ledger
from benchmarks.suite.specification import published
from benchmarks.suite.standings import standings
from benchmarks.suite.tiers import Tier, write_note
from tests.helpers.made_up import SUITE, made_up

SKILLS = {"tem-t": 0.9, "lstm": 0.5, "transformer": 0.2}
SMALL = Suite(SUITE.name, SUITE.preset, {name: SUITE.tasks[name] for name in ("line", "tree", "laps")})
N_WANTED = 5 * sum(len(task.experiment.variants) for task in SMALL.tasks.values())
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    for task in SMALL.tasks:
        for variant, skill in SKILLS.items():
            for seed in range(2 if variant == "transformer" else 5):
                result, _ = made_up(task, variant, seed, skill)
                if (task, variant) != ("laps", "lstm"):
                    result.write(result.path_in(folder))
                    write_note(result, Tier.REPRODUCED, published(SUITE)["specification_hash"], {}, folder)
    return folder


@pytest.fixture(scope="module")
def board(results):
    one = {"zero-shot-line": EXPERIMENTS["zero-shot-line"], "pattern-separation": STUDIES["pattern-separation"]}
    return board_of(standings(SMALL, results), ledger(one, RESULTS))


@pytest.fixture(scope="module")
def page(board, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    write_board(board, folder)
    return folder


def test_scores_are_rounded_where_they_are_shown_and_nowhere_before(board, results):
    """.60648 is .606 on every page; rounded to four digits first, it would be .607 on some."""
    for name, entries in standings(SMALL, results).entries.items():
        shown = {entry["agent"]: (entry["accuracy"], entry["score"]) for entry in board["tasks"][name]["entries"]}
        assert shown == {agent: (entry.accuracy.value, entry.score.value) for agent, entry in entries.items()}


def test_the_same_results_give_the_same_bytes(page, results, board, tmp_path):
    again = board_of(standings(SMALL, results), ())
    write_board({**again, "claims": board["claims"]}, tmp_path)
    files = sorted(path.name for path in page.iterdir())
    assert files == ["hippo-1.json", "index.html"]
    for name in files:
        assert (tmp_path / name).read_bytes() == (page / name).read_bytes()


def test_the_page_asks_for_no_other_file_and_has_both_colour_schemes(page):
    html = (page / "index.html").read_text()
    assert not re.search(r"https?://(?!www\.w3\.org)", html)
    assert not re.search(r"<(link|script|img)[^>]+(src|href)=\"(?!data:)", html)
    assert not re.search(r"@import|url\(", html)
    assert "prefers-color-scheme: dark" in html
    assert 'name="viewport"' in html
    lead = html.split('<p class="lead">')[1].split("</p>")[0]
    assert "never seen" not in lead, "reference-memory is about familiar maps"
    assert "only" not in lead, "other memories are often right as well"


def test_the_data_beside_the_page_are_what_the_page_says(page, board):
    assert json.loads((page / "hippo-1.json").read_text()) == board
    entry = next(entry for entry in board["tasks"]["line"]["entries"] if entry["agent"] == "tem-t")
    assert not [entry for entry in board["tasks"]["laps"]["entries"] if entry["agent"] == "lstm"]
    places = {place["agent"]: (place["rank"], place["tasks"]) for place in board["places"]["overall"]}
    assert places["tem-t"] == (1, 3)
    assert places["lstm"] == (None, 2)
    html = (page / "index.html").read_text()
    assert f"{entry['accuracy']:.3f}" in html
    assert "Ranked so far: 1 of 3 agents." in html, "first of one would look like first of all"
    assert entry["seeds"][3]["weights_hash"][:10] in html


def test_a_task_that_an_agent_has_no_method_for_says_so(tmp_path):
    result, _ = made_up("reference-memory", "cscg", 0, 0.5)
    result.write(result.path_in(tmp_path))
    board = board_of(standings(SUITE, tmp_path), [])
    assert "cscg" in board["tasks"]["line"]["no_method"]
    assert "cscg" not in board["tasks"]["reference-memory"]["no_method"]
    row = as_html(board).partition('id="crossing"')[2].partition('data-filter="cscg"')[2].partition("</tr>")[0]
    assert row.count("no method") == len(SUITE.tasks) - 1


def test_agents_have_the_colours_that_they_have_in_figures(page):
    html = (page / "index.html").read_text()
    for agent in SKILLS:
        assert f'<span class="dot agent" style="--of:{look_of(agent).colour}"></span>{agent}' in html


def test_what_others_wrote_is_no_markup(results, tmp_path):
    result, _ = made_up("line", "lstm", 0, 0.5)
    sizes = {"<script>alert(1)</script>": 1}
    settings = {**result.settings, "variant": "mine:Odd", "agent": "mine:Odd", "sizes": sizes}
    folder = shutil.copytree(results, tmp_path / "results")
    odd = replace(result, variant="mine:Odd", settings=settings)
    odd.write(folder / "hippo-1-line" / "quick" / "odd" / "0.json")
    write_board(board_of(standings(SMALL, folder), ()), tmp_path / "page")
    html = (tmp_path / "page" / "index.html").read_text()
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_a_result_that_does_not_say_enough_is_left_out_and_named(results, tmp_path):
    folder = shutil.copytree(results, tmp_path / "results")
    result, _ = made_up("line", "lstm", 0, 0.5)
    for name, part, lacking in (
        ("mine:Timeless", "provenance", "train_cpu_seconds"),
        ("mine:Sizeless", "settings", "sizes"),
        ("mine:Endless", "settings", "n_updates"),
    ):
        settings = {**result.settings, "variant": name, "agent": name}
        odd = replace(result, variant=name, settings=settings)
        odd = replace(odd, **{part: {key: value for key, value in getattr(odd, part).items() if key != lacking}})
        odd.write(odd.path_in(folder))
    board = board_of(standings(SMALL, folder), ())
    assert sorted(board["agents"]) == sorted(SKILLS)
    lines = [
        "hippo-1-line/quick/mine.Endless/0.json: it lacks settings.n_updates",
        "hippo-1-line/quick/mine.Sizeless/0.json: it lacks settings.sizes",
        "hippo-1-line/quick/mine.Timeless/0.json: it lacks provenance.train_cpu_seconds",
    ]
    assert board["left_out"] == lines
    assert all(line in as_html(board) for line in lines)


def test_a_learning_curve_without_its_columns_does_not_keep_the_board_from_being_made(results, board, tmp_path):
    folder = shutil.copytree(results, tmp_path / "results")
    result, _ = made_up("line", "lstm", 0, 0.5)
    settings = {**result.settings, "variant": "my_agents:Mine", "agent": "my_agents:Mine"}
    odd = replace(result, variant="my_agents:Mine", settings=settings, learning={"update": [1]})
    odd.write(odd.path_in(folder))
    assert board_of(standings(SMALL, folder), ())["agents"] == board["agents"]


def test_runs_of_others_are_not_counted_as_ours(results, board, tmp_path):
    result, _ = made_up("line", "lstm", 0, 0.5)
    folder = shutil.copytree(results, tmp_path / "results")
    settings = {**result.settings, "variant": "my_agents:Mine", "agent": "my_agents:Mine"}
    other = replace(result, variant="my_agents:Mine", settings=settings)
    other.write(other.path_in(folder))
    with_other = board_of(standings(SMALL, folder), ())
    assert "my_agents:Mine" in with_other["agents"]
    assert with_other["runs"] == board["runs"] == 31
    write_board(with_other, tmp_path / "page")
    assert f"<b>31 of {N_WANTED}</b>" in (tmp_path / "page" / "index.html").read_text()


def test_committed_results_are_linked_where_a_repository_is_named(board, tmp_path):
    named, nameless = tmp_path / "named.toml", tmp_path / "nameless.toml"
    named.write_text('[project]\nname = "a"\n[project.urls]\nRepository = "https://example.org/a/"\n')
    nameless.write_text('[project]\nname = "a"\n')
    assert results_address(RESULTS, named) == "https://example.org/a/tree/HEAD/benchmarks/results"
    assert results_address(RESULTS, nameless) is None
    assert results_address(tmp_path, named) is None
    html = as_html({**board, "results_at": "https://example.org/r"})
    assert '<a href="https://example.org/r/hippo-1-line/quick/tem-t"><code>' in html
    assert "<a href" not in as_html(board).split('id="families"')[1].split("</section>")[0]


def test_charts_keep_names_apart_and_within():
    placed = _apart([8.0, 8.0, 9.0, 160.0, 163.0, 164.0])
    assert all(b - a >= 12 - 1e-9 for a, b in pairwise(placed))
    assert placed[-1] <= 164
    assert 'x1="66.0"' in interval_bar(0.6, 0.5, 0.7, "#0072b2")  # the middle of the track


def test_an_empty_board_is_a_page_too(tmp_path):
    write_board(board_of(standings(SMALL, tmp_path), ()), tmp_path / "page")
    html = (tmp_path / "page" / "index.html").read_text()
    assert f"0 of {N_WANTED}" in html
    assert "ceiling" in html
    assert html.count("No agent has been run on it yet.") == len(SMALL.tasks)
    assert "by-task" not in html.split("</style>")[1].split("<script")[0]


def test_a_folder_that_is_not_there_is_told(tmp_path):
    arguments = ["leaderboard", "--results", "nowhere", "--output", "page"]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: There is no folder nowhere")
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def page_with_another(results, tmp_path_factory, board):
    """The same with one more agent, of one task and a name of large and small letters."""
    folder = shutil.copytree(results, tmp_path_factory.mktemp("with_another") / "results")
    result, _ = made_up("line", "lstm", 0, 0.3)
    settings = {**result.settings, "variant": "my_agents:Mine", "agent": "my_agents:Mine"}
    other = replace(result, variant="my_agents:Mine", settings=settings)
    other.write(other.path_in(folder))
    written = folder.parent / "page"
    write_board({**board_of(standings(SMALL, folder), ()), "claims": board["claims"]}, written)
    return written


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    """One browser for all its tests."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install selenium")
    if CHROMIUM is None or shutil.which("chromedriver") is None:
        pytest.skip("no browser: the page is tried in Debian's packages chromium and chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}", "--window-size=1280,1000"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


@pytest.fixture
def browser(driver, page):
    """As it was when it started, with the page open."""
    driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    driver.get_log("browser")
    driver.get((page / "index.html").as_uri())
    return driver


def test_the_page_in_a_browser(browser):
    def column(table, number):
        rows = browser.find_elements("css selector", f"#{table} tbody tr")
        return [row.find_elements("css selector", "td, th")[number].text for row in rows if row.is_displayed()]

    assert column("ranks", 1) == ["tem-t", "transformer", "lstm"]
    overall = browser.find_elements("css selector", "#ranks thead button")[3]
    overall.click()  # rises
    scores = [float(text.split()[0]) for text in column("ranks", 3)]
    assert scores == sorted(scores)
    overall.click()  # falls
    assert [float(text.split()[0]) for text in column("ranks", 3)] == scores[::-1]
    assert browser.find_element("css selector", "#ranks th[aria-sort]").get_attribute("aria-sort") == "descending"

    browser.find_element("id", "filter").send_keys("lstm")
    assert column("ranks", 1) == ["lstm"]
    browser.find_element("id", "filter").send_keys("\b\b\b\bmissed")
    assert column("ranks", 1) == []
    assert set(column("verdicts", 6)) <= {"missed"}
    browser.find_element("id", "filter").send_keys("\b" * 6)
    assert len(column("ranks", 1)) == 3

    detail = browser.find_element("css selector", "#families details")
    provenance = detail.find_element("css selector", ".provenance")
    assert not provenance.is_displayed()
    browser.execute_script("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", detail)
    detail.find_element("css selector", "summary").click()
    assert provenance.is_displayed()
    assert "python -m benchmarks run hippo-1-line --agents tem-t --preset quick" in provenance.text

    assert browser.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert browser.get_log("browser") == []


def test_large_letters_are_found_and_what_is_missing_is_last_either_way(browser, page_with_another):
    browser.get((page_with_another / "index.html").as_uri())

    def shown(selector):
        return [cell.text for cell in browser.find_elements("css selector", selector) if cell.is_displayed()]

    head = next(
        head for head in browser.find_elements("css selector", "#crossing thead button") if head.text.lower() == "laps"
    )
    orders = []
    for _ in ("rises", "falls"):
        browser.execute_script("arguments[0].click()", head)
        cells = shown("#crossing tbody tr :nth-child(4)")
        assert cells[-2:] == ["–", "–"]
        orders.append([float(cell) for cell in cells[:-2]])
    assert orders[0] == sorted(orders[0]) == orders[1][::-1] != orders[1]
    browser.find_element("id", "filter").send_keys("Agents:Mine")
    assert shown("#ranks tbody th") == ["my_agents:Mine"]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")])
def test_the_page_fits_its_window_and_can_be_read_in_both_schemes(browser, width, scheme, tmp_path):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wanted = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (int(re.findall(r"\d+", paper)[0]) > 128) == (scheme == "light")
    assert browser.save_screenshot(str(tmp_path / "page.png"))
