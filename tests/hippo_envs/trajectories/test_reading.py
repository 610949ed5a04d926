"""Positions and spikes from files."""

from datetime import UTC, datetime

import numpy as np
import pytest

from hippo_envs.trajectories import read_csv, read_nwb, read_nwb_spikes


def test_columns_are_found_by_name_and_empty_fields_are_not_tracked(tmp_path):
    file = tmp_path / "rat.csv"
    file.write_text("frame,time,px,py\n1,0.0,1,2\n2,0.5,,\n3,1.0,3.5,4\n")
    positions = read_csv(file, columns=("time", "px", "py"))
    assert positions.t.tolist() == [0, 0.5, 1]
    assert positions.tracked.tolist() == [True, False, True]
    assert positions.places[[0, 2]].tolist() == [[1, 2], [3.5, 4]]


@pytest.mark.parametrize(
    ("text", "words"),
    [("t,x\n0,1\n", "has no column 'y'"), ("t,x,y\n0,1,here\n", "line 2: 'here' is no number")],
)
def test_a_file_that_is_none_is_told(tmp_path, text, words):
    file = tmp_path / "rat.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=words):
        read_csv(file)


@pytest.fixture
def nwb(tmp_path):
    pynwb = pytest.importorskip("pynwb", reason="NWB files are read by pynwb, which the extra nwb brings")
    from pynwb.behavior import Position, SpatialSeries

    recording = pynwb.NWBFile("a rat in a box", "made up", datetime(2026, 1, 1, tzinfo=UTC))
    behaviour = recording.create_processing_module("behavior", "where it was")
    data = np.array([[0, 10], [20, 10], [np.nan, np.nan], [40, 30]])
    series = [
        SpatialSeries(name="head", data=data, rate=2.0, starting_time=1.0, conversion=0.01, reference_frame="corner"),
        SpatialSeries(name="heading", data=data[:, 0], timestamps=[1.0, 1.5, 2.0, 2.5], reference_frame="north"),
    ]
    behaviour.add(Position(spatial_series=series))
    recording.add_unit(spike_times=[1.1, 1.2])
    recording.add_unit(spike_times=[2.4])
    with pynwb.NWBHDF5IO(str(tmp_path / "rat.nwb"), "w") as file:
        file.write(recording)
    return tmp_path / "rat.nwb"


def test_a_spatial_series_is_read_in_metres_with_its_times(nwb):
    positions = read_nwb(nwb, "head")
    assert positions.t.tolist() == [1, 1.5, 2, 2.5]
    assert positions.x[[0, 1, 3]] == pytest.approx([0, 0.2, 0.4])
    assert positions.tracked.tolist() == [True, True, False, True]
    assert [times.tolist() for times in read_nwb_spikes(nwb)] == [[1.1, 1.2], [2.4]]


@pytest.mark.parametrize(("name", "words"), [(None, "name one of head, heading"), ("heading", "has shape")])
def test_a_series_without_x_and_y_is_told(nwb, name, words):
    with pytest.raises(ValueError, match=words):
        read_nwb(nwb, name)
