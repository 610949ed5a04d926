"""Reference memory by alpha: does the NMDA nonlinearity decide what the weights remember?"""

from benchmarks.experiment import Claim, Experiment, Preset, Variant

ALPHAS = (0, 0.1, 1, 3, 10, 30, 100)

EXPERIMENT = Experiment(
    name="nmda-ltrm-by-alpha",
    statement="The NMDA nonlinearity controls long-term reference memory; it improves with alpha and saturates.",
    source="Kim, Kwon, Cha and Lee (2023), NeurIPS, LTRM error against alpha",
    environment="hippo/ReferenceMemory-v0",
    # Small enough for a CPU: the published task has 32 maps of 11 x 11 nodes.
    arguments={"n_maps": 8, "size": 5, "n_observations": 10},
    evaluations={"novel-maps": {"novel": True}},
    variants={
        f"nmda-a{alpha:g}": Variant("nmda", learning_rate=2e-3, sizes={"alpha": float(alpha)}) for alpha in ALPHAS
    },
    presets={
        "smoke": Preset(n_updates=5, batch=4, walk_length=40, n_evaluation_worlds=4, evaluation_length=72, seeds=(0,)),
        "quick": Preset(
            n_updates=1_200,
            batch=32,
            walk_length=64,
            n_evaluation_worlds=200,
            evaluation_length=256,
            seeds=(0, 1, 2, 3, 4),
        ),
        "paper": Preset(
            n_updates=12_800,
            batch=512,
            walk_length=512,
            n_evaluation_worlds=200,
            evaluation_length=2_048,
            seeds=(0, 1, 2, 3, 4),
        ),
    },
    claims=(
        # Linear against nonlinear, at a fixed budget: how fast reference memory is acquired, not what it ends at.
        Claim("nmda-a10 - nmda-a0", "quick", "ltrm_64[129-256]", at_least=0.10),
        Claim("nmda-a10 - nmda-a0.1", "quick", "ltrm_64[129-256]", at_least=0.0),
        Claim("nmda-a100 - nmda-a10", "quick", "ltrm_64[129-256]", at_least=0.0),
        Claim("nmda-a10", "quick", "stwm_64[129-256]", at_least=0.99),
        Claim("nmda-a0", "quick", "stwm_64[129-256]", at_least=0.99),
        Claim("nmda-a10", "quick", "stwm_64@novel-maps[129-256]", at_least=0.99),
        Claim("nmda-a10", "quick", "ltrm_64@novel-maps[129-256]", at_most=0.12),
    ),
    masks=("ltrm_64", "never_in_trial", "out_of_window_64", "stwm_64"),
    learns="after_first",
    references=("bayes", "most-frequent", "chance"),
)
