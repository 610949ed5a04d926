"""What the class of every registered environment says of itself."""

import inspect
import re

import numpy as np
import pytest
from gymnasium.vector import AutoresetMode

from hippo_envs import DriftingHeadingPolicy, UniformPolicy
from hippo_envs.conditions import Conditions
from hippo_envs.envs.base.graph_env import GraphEnv
from hippo_envs.envs.rectangle import RectangleEnv
from tests.helpers.every_id import for_every_id, make, make_native

SECTIONS = [
    "Description",
    "Action Space",
    "Observation Space",
    "Rewards",
    "Starting State",
    "Episode End",
    "Information",
    "Arguments",
    "Vectorized environment",
    "Scoring",
    "Reference scores",
    "References",
    "Version History",
]

COMMON_ARGUMENTS = ("observation", "render_size")
REMAPPING = ("remap_after", "remap_share")


pytest_generate_tests = for_every_id


def test_the_class_documents_itself(env_id):
    doc = type(make(env_id).unwrapped).__doc__
    titles = [line.strip().removeprefix("## ") for line in doc.splitlines() if line.strip().startswith("## ")]
    assert titles == SECTIONS


def test_an_environment_of_ones_own_keeps_its_own_words():
    class Plain(RectangleEnv):
        """One line."""

    class Noted(RectangleEnv):
        """One line.

        ## Notes
        One more.

        ## Rewards
        ...
        Still 0.
        """

    assert Plain.__doc__ == "One line."
    assert "\n\n## Rewards\nAlways 0: this is the stream" in Noted.__doc__
    assert Noted.__doc__.endswith("\n\n## Notes\nOne more.")


def test_the_step_that_resets_a_world_is_no_prediction_and_the_class_says_so(env_id):
    said = make(env_id).unwrapped.__doc__.partition("## Vectorized environment")[2].partition("##")[0]
    assert all(f'"{mode.value}"' in said for mode in AutoresetMode)
    envs = make_native(env_id, num_envs=1, max_episode_steps=1)
    envs.reset(seed=0)
    action = np.array([envs.single_action_space.sample()])
    assert envs.step(action)[3].tolist() == [True]
    _, rewards, terminated, truncated, _ = envs.step(action + 99)
    assert (rewards.tolist(), terminated.tolist(), truncated.tolist()) == ([0.0], [False], [False])


def test_the_table_of_arguments_is_what_can_be_given(stream_id):
    env = make(stream_id).unwrapped
    table = env.__doc__.partition("## Arguments")[2].partition("##")[0]
    documented = dict(re.findall(r"^\s*\| `(\w+)` \| `(.+?)` \|", table, flags=re.MULTILINE))
    parameters = dict(inspect.signature(type(env).build_family).parameters)
    parameters |= {name: inspect.signature(GraphEnv.__init__).parameters[name] for name in COMMON_ARGUMENTS}
    parameters |= {name: inspect.signature(GraphEnv.make_family).parameters[name] for name in REMAPPING}
    parameters |= inspect.signature(Conditions).parameters
    if not {*REMAPPING, *inspect.signature(Conditions).parameters} & set(documented):
        for name, value in {"remap_after": 1, "bare_share": 0.5}.items():
            with pytest.raises(ValueError, match=name):
                make(stream_id, **{name: value})
        parameters = {name: parameter for name, parameter in parameters.items() if name in documented}
    expected = {name: repr(parameter.default).replace("'", '"') for name, parameter in parameters.items()}
    assert documented == expected


def test_the_class_says_how_walks_are_taken(stream_id):
    env = make(stream_id).unwrapped
    family, description = env.family, " ".join(env.__doc__.partition("## Action Space")[0].split())
    said = description.partition("Walks, as `sample_walks` takes them")[2]
    policy = family.policy
    if isinstance(policy, DriftingHeadingPolicy):
        numbers = (f"{share:g}".removeprefix("0") for share in (policy.follow, policy.drift))
        assert (
            "at {} of the steps the animal follows a heading, which drifts by up to {} radians".format(*numbers) in said
        )
    if family.n_actions == 1 or family.union.n_choices.max() == 1:
        assert "there is one" in said
    elif isinstance(policy, UniformPolicy | DriftingHeadingPolicy):
        assert "every open action is equally likely" in said
        assert ("standing still included" in said) == ("stay" in family.action_names)
    else:
        assert "follow the animal's habits" in said
        parameters = inspect.signature(env.build_family).parameters.values()
        assert all(f"`{one.name}`" in said for one in parameters if isinstance(one.default, float))
