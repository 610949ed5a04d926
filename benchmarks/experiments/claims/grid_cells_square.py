"""When are there grid cells on squares? The conditions of grid-cells, with the 90-degree score of square lattices."""

from dataclasses import replace

from benchmarks.experiments.claims.grid_cells import EXPERIMENT as HEXAGONS
from benchmarks.experiments.claims.zero_shot_rectangle import EXPERIMENT as SQUARES

EXPERIMENT = replace(
    HEXAGONS,
    name="grid-cells-square",
    statement="On squares, in which conditions are position units of TEM-t grid cells, more than by chance?",
    environment=SQUARES.environment,
    arguments={**SQUARES.arguments, "n_observations": 10},
    claims=tuple(replace(claim, metric=claim.metric.replace("_60_", "_90_")) for claim in HEXAGONS.claims),
)
