"""The two views of a stream, and episodes of them."""

PREDICT, EXPLORE = "hippo/Rectangle-Predict-v0", "hippo/Rectangle-Explore-v0"
CASES = "hippo/CaseSequence-Predict-v0"
STREAMS = ("hippo/Rectangle-v0", "hippo/Hexagonal-v0", "hippo/FamilyTree-v0")
REMAPPED = {"remap_after": 40, "remap_share": 0.8}


def episode(env, seed, choose):
    """(observation, reward, info and node) from the reset to the end; `choose` sees all of them so far."""
    observation, info = env.reset(seed=seed)
    steps, truncated = [(observation, 0, info | {"node": env.unwrapped.node})], False
    while not truncated:
        observation, reward, terminated, truncated, info = env.step(choose(steps))
        assert not terminated
        steps.append((observation, reward, info | {"node": env.unwrapped.node}))
    return steps


def return_of(steps):
    return sum(reward for _, reward, _ in steps)
