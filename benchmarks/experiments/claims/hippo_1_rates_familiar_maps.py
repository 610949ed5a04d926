"""The learning rates of hippo-1, asked of familiar maps."""

from benchmarks.experiments.claims.hippo_1_rates import at_all_rates
from benchmarks.experiments.hippo_1 import REFERENCE_MEMORY

EXPERIMENT = at_all_rates(REFERENCE_MEMORY, "hippo-1-rates-familiar-maps")
