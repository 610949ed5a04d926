"""A figure of eight: which side is next depends on the lap before."""

from dataclasses import replace

from benchmarks.experiments.claims import lap_track

EXPERIMENT = replace(
    lap_track.EXPERIMENT,
    name="spatial-alternation",
    statement="TEM learns which side brings the reward, and has cells on the stem that tell the laps apart.",
    source="Whittington et al. (2020), Cell 183, figure 6, after Wood et al. (2000), Neuron 27",
    environment="hippo/SpatialAlternation-v0",
)
