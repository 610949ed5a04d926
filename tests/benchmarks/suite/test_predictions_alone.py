"""A row from predictions alone: it is counted again, shown as rescored, and never ranked."""

import numpy as np
import pytest

from benchmarks.suite.predictions_alone import Model, submit_predictions
from benchmarks.suite.specification import published
from benchmarks.suite.standings import OVERALL, standings
from benchmarks.suite.tiers import Tier, write_note
from benchmarks.suite.verification import verify
from tests.helpers.made_up import SUITE, made_up, walks_of

MODEL = Model("my-jax-model", 1_000, 12.5)
KINDS = list(walks_of("line"))


@pytest.fixture
def answers(tmp_path):
    """Predictions of two seeds on one task, as another framework would write them."""
    for seed in (0, 1):
        folder = tmp_path / "answers" / str(seed)
        folder.mkdir(parents=True)
        for kind, steps in made_up("line", "lstm", seed, skill=0.6)[1].items():
            np.savez(folder / f"line.{kind}.npz", predictions=steps)
    return tmp_path / "answers"


def test_predictions_of_any_framework_make_a_row_that_is_rescored(answers, tmp_path):
    files = submit_predictions(SUITE, answers, MODEL, tmp_path / "submission")
    assert [path.name for path in files] == ["predictions.npz", "result.json"] * 2 + ["submission.json"]
    checked = verify([tmp_path / "submission"])
    assert [one.refused for one in checked] == [None, None]
    for seed, one in enumerate(checked):
        assert one.tier is Tier.RESCORED
        assert one.missing == ("weights.safetensors",)
        assert one.result.accuracy("revisit") == made_up("line", "lstm", seed, skill=0.6)[0].accuracy("revisit")
        one.result.write(one.result.path_in(tmp_path / "results"))
        write_note(one.result, one.tier, published(SUITE)["specification_hash"], {}, tmp_path / "results")
    found = standings(SUITE, tmp_path / "results")
    entry = found.entries["line"][MODEL.name]
    assert (entry.tiers, entry.complete, list(found.left_out)) == ((Tier.RESCORED,) * 2, False, [])
    assert [place.rank for place in found.places[OVERALL]] == [None]


def test_predictions_that_were_changed_after_submission_are_refused(answers, tmp_path):
    submit_predictions(SUITE, answers, MODEL, tmp_path / "submission")
    path = tmp_path / "submission" / "line" / MODEL.name / "0" / "predictions.npz"
    np.savez_compressed(path, **{kind: np.asarray(steps) + 1 for kind, steps in np.load(path).items()})
    assert "not the file that was submitted" in verify([tmp_path / "submission" / "line" / MODEL.name / "0"])[0].refused


def lack_a_kind(folder):
    (folder / "0" / "longer.16x16.npz").touch()


def misspell_a_file(folder):
    (folder / "0" / "lin.held-out.npz").touch()


def name_a_seed_twice(folder):
    (folder / "1").rename(folder / "00")


def name_a_seed_otherwise(folder):
    (folder / "1").rename(folder / "seed1")


def forget_the_folder(folder):
    (folder / "1" / "line.held-out.npz").rename(folder / "line.held-out.npz")


def answer_beyond(folder):
    path = folder / "0" / f"line.{KINDS[0]}.npz"
    np.savez(path, predictions=np.load(path)["predictions"] + 10)


def answer_another_seed(folder):
    (folder / "0").rename(folder / "17")


def answer_nothing(folder):
    for path in folder.rglob("*.npz"):
        path.unlink()


@pytest.mark.parametrize(
    ("change", "model", "said"),
    [
        (lack_a_kind, MODEL, "a task needs predictions for all its kinds, held-out, 16x16"),
        (misspell_a_file, MODEL, r"lin.held-out.npz is of no task of hippo-1: name it as one of the files of `walks`"),
        (name_a_seed_twice, MODEL, "00 is not the folder of a seed: put the files of seed 0 into"),
        (name_a_seed_otherwise, MODEL, "seed1 is not the folder of a seed"),
        (forget_the_folder, MODEL, "is not the folder of a seed"),
        (answer_beyond, MODEL, "predictions are symbols from 0 to 9"),
        (answer_another_seed, MODEL, "Seed 17 of line does not meet the specification of hippo-1: its seed is 17"),
        (answer_nothing, MODEL, "There are no predictions in"),
        *(
            (None, MODEL._replace(name=name), f"--name {name} is a row or an agent of this repository")
            for name in ("lstm", "ceiling", "edge-agent", "nmda")
        ),
        (None, MODEL._replace(name="../x"), "--name is '../x'"),
        (None, MODEL._replace(n_parameters=0), "as in --parameters 120000"),
    ],
)
def test_what_cannot_be_a_row_is_refused_and_leaves_nothing(change, model, said, answers, tmp_path):
    if change is not None:
        change(answers)
    with pytest.raises(ValueError, match=said):
        submit_predictions(SUITE, answers, model, tmp_path / "submission")
    assert not (tmp_path / "submission").exists()


def test_a_folder_without_seeds_says_where_files_belong(tmp_path):
    with pytest.raises(ValueError, match="put the files of seed 0 into"):
        submit_predictions(SUITE, tmp_path, MODEL, tmp_path / "submission")
    assert not list(tmp_path.iterdir())
