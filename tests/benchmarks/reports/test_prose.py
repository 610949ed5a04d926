"""What prose says an update costs is what the committed runs took: costs are in no table of metrics."""

from statistics import mean

from benchmarks.experiments import find_experiment
from benchmarks.records.collect import by_variant, collect
from benchmarks.records.result import RESULTS
from tests.helpers.paths import ROOT


def runs(experiment, variant):
    return by_variant(collect(find_experiment(experiment), "quick", RESULTS))[variant]


def cpu_seconds(experiment, variant):
    return [run.provenance["train_cpu_seconds"] for run in runs(experiment, variant)]


def an_update(experiment, variant):
    """CPU seconds of one update."""
    return mean(cpu_seconds(experiment, variant)) / runs(experiment, variant)[0].run_settings.n_updates


def test_the_costs_that_the_findings_name_are_those_of_their_runs():
    small = an_update("sample-efficiency", "tem") / an_update("sample-efficiency", "tem-t-bptt-20")
    tem, tem_t = (an_update("zero-shot-rectangle", variant) for variant in ("tem", "tem-t"))
    seconds = cpu_seconds("zero-shot-rectangle", "tem")
    text = " ".join((ROOT / "docs" / "findings.md").read_text(encoding="utf-8").split())
    for sentence in (
        f"An update of TEM takes {small:.0f} times the CPU time",
        f"{tem / tem_t:.0f} times that of an update on a whole walk",
        f"about a hundred updates here ({min(seconds):.0f} to {max(seconds):.0f} CPU seconds on squares)",
    ):
        assert sentence in text, f"docs/findings.md does not say: {sentence}"
