"""What each part of TEM-t is worth: everything else as in zero-shot-rectangle, one part taken out or put in."""

from dataclasses import replace

from benchmarks.experiments.claims import zero_shot_rectangle
from benchmarks.experiments.experiment import Claim, Experiment, Variant

CHANGES = {
    "tem-t": {},
    "no-drift-penalty": {"drift_penalty": 0.0},
    "one-module": {"n_modules": 1},
    "relu": {"activation": "relu"},
    "write-gate": {"write_gate": 0.95},
    "weight-penalty": {"weight_penalty": 1e-4},
    "position-penalty": {"position_penalty": 1e-2},
    "landmarks": {"landmark_correction": True},
}
FAR = "loop_closure@32x32[513-1024]"

EXPERIMENT = Experiment(
    name="tem-t-ablation",
    statement="Which parts of TEM-t let it generalise to longer walks and larger worlds than those of training?",
    source="Whittington, Warren and Behrens (2022), ICLR, appendix, but for landmarks; see agents/tem_t.py",
    environment=zero_shot_rectangle.EXPERIMENT.environment,
    arguments=zero_shot_rectangle.EXPERIMENT.arguments,
    evaluations={"32x32": {"width": 32}},
    variants={name: Variant("tem-t", learning_rate=3e-3, sizes=sizes) for name, sizes in CHANGES.items()},
    presets={
        name: replace(preset, n_updates=1_200) if name == "quick" else preset
        for name, preset in zero_shot_rectangle.EXPERIMENT.presets.items()
    },
    claims=(
        Claim("tem-t - no-drift-penalty", "quick", FAR, at_least=0.05),
        Claim("tem-t - one-module", "quick", FAR, at_least=0.05),
        Claim("landmarks - tem-t", "quick", FAR, at_least=0.0),
        Claim("write-gate - tem-t", "quick", FAR, at_least=0.0),
    ),
)
