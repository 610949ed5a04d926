"""Agents of a size that a test can train, and seeded walks for them."""

import torch

N_OBSERVATIONS, N_ACTIONS, BATCH, STEPS = 7, 5, 3, 24
SMALL = {"n_units": 24, "n_modules": 4, "n_key": 16, "n_sensory": 16, "n_hidden": 16}
SMALL_PUBLISHED = {name: size for name, size in SMALL.items() if name != "n_modules"}
SMALL_TEM = {"n_abstract": (9, 6, 6), "smoothing": (0.9, 0.3, 0.1), "chunk": 7}
SMALL_NMDA = {"n_units": 16, "n_heads": 2, "n_hidden": 24, "window": 10, "n_place": 8}


def seeded_walks(seed=0):
    generator = torch.Generator().manual_seed(seed)
    observations = torch.randint(N_OBSERVATIONS, (BATCH, STEPS), generator=generator)
    return observations, torch.randint(N_ACTIONS, (BATCH, STEPS), generator=generator)


def start(agent):
    return agent.initial_state(BATCH, torch.Generator().manual_seed(1))
