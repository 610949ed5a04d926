"""How much a memory holds: accuracy against the number of nodes, TEM against TEM-t."""

from dataclasses import replace

from benchmarks.experiments.claims import sample_efficiency
from benchmarks.experiments.experiment import Claim, Experiment, Variant

TEM, TEM_T = (sample_efficiency.EXPERIMENT.variants[name] for name in ("tem", "tem-t-bptt-20"))
WIDTHS = (4, 6, 8, 10, 12, 16)

EXPERIMENT = Experiment(
    name="capacity",
    statement=(
        "TEM-t remembers more than TEM, which superimposes all memories in one matrix. Measured after 240 updates, "
        "which leave TEM undertrained, so a gap need not be due to its memory."
    ),
    source="Whittington, Warren and Behrens (2022), ICLR, section 5: claimed of the memory, shown for neither model",
    environment="hippo/Rectangle-v0",
    # Trained on the first three sizes, where it is the memory that is tested; in the others the position code is too.
    arguments={"width": WIDTHS[:3], "n_observations": 10, "stay": True},
    evaluations={f"{width}x{width}": {"width": width} for width in WIDTHS},
    variants={
        "tem": Variant("tem", learning_rate=TEM.learning_rate),
        "tem-t-bptt-20": Variant("tem-t", learning_rate=TEM_T.learning_rate, sizes=TEM_T.sizes),
    },
    presets={
        name: replace(preset, evaluation_length=512) if name != "smoke" else preset
        for name, preset in sample_efficiency.EXPERIMENT.presets.items()
    },
    claims=tuple(
        Claim("tem-t-bptt-20 - tem", "quick", f"revisit@{width}x{width}[257-512]", at_least=0.0) for width in WIDTHS
    ),
)
