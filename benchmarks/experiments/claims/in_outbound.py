"""A W-track: the same spots on the way out and on the way in."""

from dataclasses import replace

from benchmarks.experiments.claims import lap_track

EXPERIMENT = replace(
    lap_track.EXPERIMENT,
    name="in-outbound",
    statement="TEM learns which arm is next, and has cells that tell outbound from inbound runs.",
    source="Whittington et al. (2020), Cell 183, figure 6, after Frank et al. (2000), Neuron 27",
    environment="hippo/InOutbound-v0",
)
