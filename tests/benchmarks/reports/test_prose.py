"""Numbers in prose are those of the committed results: every sentence that has some is written here once more."""

from functools import cache
from statistics import mean

import pytest

from benchmarks.evaluation.statistics import paired_contrast
from benchmarks.experiments import find_experiment
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import RESULTS
from tests.helpers.paths import ROOT

FAR = "loop_closure@32x32[513-1024]"
LATE = "ltrm_64[129-256]"
K_WINNER_AGES = {1: 0.851, 50: 0.776, 100: 0.716, 300: 0.584, 500: 0.542}  # the authors', full cues
ONE_WINNER_AGES = {1: 1.0, 50: 0.700, 100: 0.494, 300: 0.209, 500: 0.176}


@cache
def runs(experiment, variant):
    return by_variant(collect(find_experiment(experiment), "quick", RESULTS))[variant]


def values(experiment, variant, metric):
    return [run.value(metric) for run in runs(experiment, variant)]


def cpu_seconds(experiment, variant):
    return [run.provenance["train_cpu_seconds"] for run in runs(experiment, variant)]


def an_update(experiment, variant):
    """CPU seconds of one update."""
    return mean(cpu_seconds(experiment, variant)) / runs(experiment, variant)[0].run_settings.n_updates


def short(number, digits=2):
    return f"{number:.{digits}f}".replace("0.", ".", 1)


def contrast(experiment, one, other, metric, digits):
    """A difference and its interval, as they are written."""
    found = paired_contrast(values(experiment, one, metric), values(experiment, other, metric))
    return [short(number, digits) for number in found]


def costs():
    small = an_update("sample-efficiency", "tem") / an_update("sample-efficiency", "tem-t-bptt-20")
    tem, tem_t = (an_update("zero-shot-rectangle", variant) for variant in ("tem", "tem-t"))
    seconds = cpu_seconds("zero-shot-rectangle", "tem")
    return [
        f"An update of TEM takes {small:.0f} times the CPU time",
        f"{tem / tem_t:.0f} times that of an update on a whole walk",
        f"about a hundred updates here ({min(seconds):.0f} to {max(seconds):.0f} CPU seconds on squares)",
    ]


def distance_to_the_authors():
    found = []
    for variant, authors in (("k-winner", K_WINNER_AGES), ("one-winner", ONE_WINNER_AGES)):
        ours = {age: mean(values("kwinner-retention", variant, f"accuracy_full_{age}")) for age in authors}
        found.append(max(abs(ours[age] - theirs) for age, theirs in authors.items()))
    k_winner, one_winner = found
    assert k_winner < 0.005
    return [f"those of the one-winner network to within {short(one_winner, 3)}"]


def larger_alphabets():
    def searched(variant):
        return f"{values('case-sequence-learning-rates', variant, 'updates_to_99')[0]:,.0f}"

    pairs = [
        f"{searched(f'qk-by-item-l26-keys-1-at-{rate}')} and {searched(f'baseline-l26-at-{rate}')}"
        for rate in (0.02, 0.04)
    ]
    tuned = [
        " and ".join(
            f"{mean(values('case-sequence-alphabets-tuned', f'{model}-l{n}', 'updates_to_99')):.0f}"
            for model in ("qk-by-item", "baseline")
        )
        for n in (4, 8, 16)
    ]
    at_the_papers = mean(values("case-sequence-alphabets", "qk-by-item-l26", "accuracy"))
    return [
        f"{short(at_the_papers)} of 26 letters by item after 6,000 updates",
        f"of 26 letters {pairs[0]} at .02, and {pairs[1]} at .04",
        f"need {tuned[0]} updates for 4 letters, {tuned[1]} for 8, {tuned[2]} for 16",
        f"({searched('qk-by-item-l4-keys-1-at-0.005')}, one run of `case-sequence-learning-rates`)",
    ]


@pytest.mark.parametrize(
    ("page", "sentences"),
    [
        ("findings", costs),
        ("slot-free-memory", distance_to_the_authors),
        ("slot-free-memory", larger_alphabets),
    ],
)
def test_the_numbers_of_a_sentence_are_those_of_its_results(page, sentences):
    text = " ".join((ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8").split())
    for sentence in sentences():
        assert sentence in text, f"docs/{page}.md does not say: {sentence}"
