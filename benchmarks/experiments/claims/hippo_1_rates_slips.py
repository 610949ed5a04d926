"""The learning rates of hippo-1, asked of squares with slips."""

from benchmarks.experiments.claims.hippo_1_rates import at_all_rates
from benchmarks.experiments.hippo_1 import SLIP

EXPERIMENT = at_all_rates(SLIP, "hippo-1-rates-slips")
