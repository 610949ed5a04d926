"""Walks and episodes as files of other formats."""

import numpy as np
import pytest

from benchmarks.suite.data.command import walks
from benchmarks.suite.data.episodes import rewarded_views
from hippo_envs import make_family, sample_walks

MISSING = "the extra data brings it"


def test_walks_of_an_environment_are_arrays(tmp_path):
    walks(output=tmp_path, environments=("Hexagonal",), seeds=("3", "5"), walk_length=16)
    same = sample_walks(make_family("hippo/Hexagonal-v0"), [3, 5], 16)
    with np.load(tmp_path / "hexagonal.npz") as file:
        assert (file["observations"] == same.observations).all()
        assert (file["mask_loop_closure"] == same.loop_closure).all()
        assert "heard" not in file.files


def test_walks_are_a_table_with_a_row_for_each_step(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason=MISSING)
    walks(output=tmp_path, format="parquet", environments=("Rectangle",), seeds=("0-2",), walk_length=16)
    table = parquet.read_table(tmp_path / "rectangle.parquet")
    same = sample_walks(make_family("hippo/Rectangle-v0"), range(3), 16)
    assert (table.num_rows, table["walk"].to_pylist()[16:18]) == (48, [1, 1])
    assert (table["observations"].to_numpy().reshape(3, 16) == same.observations).all()
    assert table.schema.metadata[b"n_observations"] == b"45"


@pytest.mark.slow
def test_the_walks_of_a_suite_are_tables(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason=MISSING)
    walks(output=tmp_path, format="parquet")
    assert parquet.read_table(tmp_path / "square.held-out.parquet").num_rows > 10_000


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("view", rewarded_views())
def test_episodes_of_a_rewarded_view_reload(view, tmp_path, monkeypatch, capsys):
    minari = pytest.importorskip("minari", reason=MISSING)
    monkeypatch.setenv("MINARI_DATASETS_PATH", "")  # which the command sets
    walks(output=tmp_path, format="minari", environments=(view,), seeds=("0-2",))
    names = capsys.readouterr().out.split()
    assert len(names) == 1 + ("Predict" in view)
    for name in names:
        data = minari.load_dataset(name)
        env = data.recover_environment()
        assert (data.total_episodes, env.spec.id) == (3, view)
        for seed, episode in enumerate(data.iterate_episodes()):
            env.reset(seed=seed)
            again = [env.step(action)[1] for action in episode.actions]
            assert again == pytest.approx(episode.rewards)
            if name.endswith("memory-v0"):
                assert sum(episode.rewards) == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"format": "minari", "environments": ("Rectangle",)}, "has no reward"),
        ({"format": "text", "environments": ("Rectangle-Predict",)}, "is no world to walk in"),
        ({"format": "text", "environments": ("Square",)}, "There is no environment 'Square'"),
        ({"format": "parquet", "publish": True}, "leave out --format"),
        ({"format": "text", "output": None}, "say where with --output"),
        ({"output": None}, "say where with --output"),
    ],
)
def test_what_cannot_be_written_is_told(options, words, tmp_path):
    with pytest.raises(ValueError, match=words):
        walks(**{"output": tmp_path} | options)
    assert not list(tmp_path.iterdir())
