"""When an episode counts as solved: thresholds, `info["is_success"]`, and three sizes of every view with a reward."""

import gymnasium as gym
import numpy as np
import pytest

from hippo_envs import ENVIRONMENTS, SIZES, make_family, sample_walks
from hippo_envs.envs.pattern_task import PatternTask
from hippo_envs.references import chance, node_agent
from hippo_envs.scoring import count
from tests.helpers.every_id import make, make_native
from tests.helpers.viewed import CASES, EXPLORE, PREDICT, episode, return_of

PATTERNS = "hippo/PatternMemory-v0"
REWARDED = [name for name, entry in ENVIRONMENTS.items() if entry.kind != "stream"]


def of_kind(kind):
    return [name for name in REWARDED if ENVIRONMENTS[name].kind == kind]


def stream_of(view, **arguments):
    return make_family(ENVIRONMENTS[view].arguments["stream"], **arguments)


def threshold(floor, ceiling):
    return floor + 0.9 * (ceiling - floor)


def explored(view, n_worlds, n_steps=128):
    """The mean return of one who walks on the graph itself: untried edges first, of them those into seen nodes."""
    rng, total = np.random.default_rng(1), 0
    family = stream_of(view)
    for _ in range(n_worlds):
        world = family.draw(rng)
        next_node = family.graphs[world.graph_index].next_node.tolist()
        node, seen, passages = world.start_node, {world.start_node}, set()
        for _ in range(n_steps):
            ahead = [to for to in next_node[node] if to >= 0]
            untried = [to for to in ahead if to != node and frozenset((node, to)) not in passages]
            into_seen = [to for to in untried if to in seen]
            to = rng.choice(into_seen or untried or ahead)
            total += bool(into_seen)
            passages.add(frozenset((node, to)))
            node = to
            seen.add(node)
    return total / n_worlds


@pytest.mark.parametrize("view", REWARDED)
def test_the_threshold_in_the_registry_is_the_one_of_the_default_arguments(view):
    spec = gym.spec(view)
    assert spec.reward_threshold == gym.make(f"hippo_envs:{view}").spec.reward_threshold
    assert spec.reward_threshold == make_native(view, num_envs=2, **spec_arguments(view)).spec.reward_threshold


def spec_arguments(view):
    """The registered size, where tests are given a lighter one."""
    return (
        {name: getattr(PatternTask, name) for name in ("n_units", "n_ones", "n_stored", "n_recalled")}
        if (view == PATTERNS)
        else {}
    )


@pytest.mark.parametrize("view", [name for name in of_kind("predict") if name != CASES])
def test_predict_is_solved_at_nine_tenths_of_the_way_from_chance_to_a_perfect_map(view):
    walks = sample_walks(stream_of(view), range(20), 128)
    floor, ceiling = (
        count(agent(walks), walks.knowable, (128,)).accuracy(walks.worlds.family.n_answers)
        for agent in (chance, node_agent)
    )
    assert gym.spec(view).reward_threshold == pytest.approx(threshold(floor, ceiling), abs=5e-4)


def test_of_a_case_sequence_one_who_knows_the_answers_gets_half_and_the_ceiling_one():
    family = stream_of(CASES)
    answers = sample_walks(family, range(400), family.walk_length).observations[:, -1]
    floor = max(np.bincount(answers)) / len(answers)
    assert floor == pytest.approx(0.5, abs=0.05)
    assert gym.spec(CASES).reward_threshold == pytest.approx(threshold(0.5, 1), abs=5e-4)


@pytest.mark.parametrize("view", of_kind("explore"))
def test_explore_is_solved_at_nine_tenths_of_the_way_from_guessing_to_a_perfect_map(view):
    """Played on the graphs of other worlds, by other code: 3 of the spread of a mean of 150 episodes."""
    ceiling = explored(view, 150)
    floor = ceiling / stream_of(view).n_answers
    assert gym.spec(view).reward_threshold == pytest.approx(threshold(floor, ceiling), rel=0.05)


def test_patterns_are_solved_at_nine_tenths_of_the_way_from_an_echo_to_a_perfect_memory():
    half = PatternTask(pseudo_share=0.25, n_recalled=10)
    floor = 10 * (50 + 50 * 50 / 950) / 100
    assert gym.spec(PATTERNS).reward_threshold == pytest.approx(threshold(10 * floor, 100), abs=5e-4)
    assert half.return_bounds == pytest.approx((floor, 7.5 + 0.25 * floor))
    assert PatternTask(pseudo_share=1.0, n_recalled=10).return_bounds == pytest.approx((floor, floor))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"n_observations": 4}, threshold(1 / 4, 1)),
        ({"n_observations": 4, "bare_share": 0.3}, threshold(1 / 3, 1)),
        ({"stream": "hippo/Line-v0", "walk_length": 9, "n_observations": 5}, threshold(1 / 5, 1)),
    ],
)
def test_a_threshold_is_that_of_the_arguments(arguments, expected):
    env = make(PREDICT, **arguments)
    assert env.spec.reward_threshold == pytest.approx(expected, abs=5e-4)
    assert gym.make(env.spec).spec.reward_threshold == env.spec.reward_threshold
    assert make_native(PREDICT, num_envs=2, **arguments).spec.reward_threshold == env.spec.reward_threshold


@pytest.mark.parametrize("limit", [40, 300])
def test_the_threshold_of_explore_is_that_of_as_many_steps_as_an_episode_has(limit):
    env = make(EXPLORE, width=4, max_episode_steps=limit)
    bounds = [at(limit)[limit] for at in (env.unwrapped._explorer.floor, env.unwrapped._explorer.ceiling)]
    native = make_native(EXPLORE, num_envs=2, width=4, max_episode_steps=limit)
    again = gym.make(type(env.spec).from_json(env.spec.to_json()))
    for spec in (env.spec, native.spec, gym.make(env.spec).spec, again.spec):
        assert (spec.max_episode_steps, spec.reward_threshold) == (limit, round(threshold(*bounds), 3))


def test_an_episode_without_a_limit_has_the_threshold_of_the_registered_steps():
    registered = make(EXPLORE, width=4).spec.reward_threshold
    for env in (each(EXPLORE, width=4, max_episode_steps=-1) for each in (make, make_native)):
        spec = env.spec
        assert (spec.max_episode_steps, spec.reward_threshold) == (None, registered)


def right_at_times(env, rng, share):
    """Says what comes, as the walk of the view has it, in that share of the steps."""

    def say(steps):
        comes = env.unwrapped.walks.observations[0, len(steps)]
        return int(comes) if rng.random() < share else 0

    return say


@pytest.mark.parametrize("arguments", [{}, {"n_observations": 3, "width": 3}, {"remap_after": 40, "slip": 0.1}])
def test_an_episode_of_predict_is_solved_from_the_threshold_on_and_not_below(arguments):
    env, rng = make(PREDICT, walk_length=60, **arguments), np.random.default_rng(0)
    family = env.unwrapped.family
    least, outcomes = threshold(1 / family.n_answers, 1), set()
    for seed in range(20):
        steps = episode(env, seed, right_at_times(env, rng, rng.choice([0.5, 0.9, 0.98, 1])))
        so_far = np.cumsum([reward for _, reward, _ in steps])
        assert [bool(info["is_success"]) for *_, info in steps] == [earned >= least - 1e-9 for earned in so_far]
        outcomes.add(bool(steps[-1][2]["is_success"]))
    assert outcomes == {True, False}


def foretelling(env, moves, rng):
    """Commits moves that `moves` chooses, and says what stands where the committed one leads."""

    def act(_):
        base = env.unwrapped
        there = base._arrival[base._place][base._committed]
        return moves(base, there, rng), base._observation_at[there - base._offset]

    return act


def untried(base, there, rng):
    def worth(move):
        edge, to = base._edges[there][move], base._arrival[there][move]
        new = edge not in base._spent | {base._edges[base._place][base._committed]}
        return base._available[there][move] * (1 + new * (1 + (to in base._seen)) + rng.random() / 2)

    return max(range(base._n_actions), key=worth)


def any_open(base, there, rng):
    return rng.choice(np.flatnonzero(base._available[there]))


@pytest.mark.parametrize("limit", [40, 300])
def test_an_episode_of_explore_is_compared_with_an_explorer_of_as_many_steps(limit):
    env, rng = make(EXPLORE, width=4, n_observations=10, max_episode_steps=limit), np.random.default_rng(0)
    explorer, outcomes = env.unwrapped._explorer, []
    for policy in (untried, any_open):
        for seed in range(12):
            steps = episode(env, seed, foretelling(env, policy, rng))
            assert len(steps) == limit + 1
            solved = return_of(steps) >= threshold(explorer.floor(limit)[limit], explorer.ceiling(limit)[limit])
            assert bool(steps[-1][2]["is_success"]) == solved
            first_paid = next(step for step, (_, reward, _) in enumerate(steps) if reward)
            assert not any(info["is_success"] for *_, info in steps[:first_paid])
            outcomes.append(solved)
    assert sum(outcomes[:12]) > 2
    assert sum(outcomes[12:]) < sum(outcomes[:12])


def test_the_explorer_earns_what_there_is_and_no_more_however_long_it_walks():
    explorer = make(EXPLORE, width=3).unwrapped._explorer
    ceiling = explorer.ceiling(5_000)
    assert len(ceiling) > 5_000
    assert (np.diff(ceiling) >= 0).all()
    assert ceiling[-1] == 12 - 9 + 1, "edges, but for those that lead to a new node"
    assert explorer.bounds(10**12)[1] == ceiling[-1]
    assert np.array_equal(explorer.ceiling(100)[:101], ceiling[:101])
    larger = make(EXPLORE).unwrapped._explorer.ceiling(200)
    assert larger[200] > larger[128] > larger[100]


def test_of_large_worlds_the_explorer_walks_in_few(monkeypatch):
    monkeypatch.setattr("hippo_envs.envs.explorer.MOST_NODES", 2_048)
    assert make(EXPLORE, width=5).unwrapped._explorer.n_worlds == 64
    assert make(EXPLORE, width=16).unwrapped._explorer.n_worlds == 8
    assert make(EXPLORE, width=50).unwrapped._explorer.n_worlds == 1


def test_where_there_is_no_loop_nothing_is_solved():
    env = make(EXPLORE, width=2, height=1)
    env.reset(seed=0)
    assert env.spec.reward_threshold == 0
    assert not any(env.step((0, 0))[4]["is_success"] for _ in range(20))


def test_a_new_episode_begins_unsolved_in_every_form():
    for reset_with in ({}, {"options": {"reset_mask": np.array([False, True])}}):
        envs = make_native(CASES, num_envs=2, n_letters=1)
        envs.reset(seed=0)
        walks = [envs._symbols()[:3, world].copy() for world in (0, 1)]
        for step in (1, 2):
            info = envs.step(np.array([walk[step] for walk in walks]))[4]
        assert info["is_success"].tolist() == [True, True]
        info = envs.reset(**reset_with)[1] if reset_with else envs.step(np.array([0, 0]))[4]
        assert not info["is_success"].any()


@pytest.mark.parametrize("view", [PREDICT, EXPLORE, PATTERNS])
def test_stable_baselines_finds_it_at_the_end_of_each_episode_and_nowhere_else(view):
    make_sb3_vec_env = pytest.importorskip("hippo_envs.stable_baselines").make_sb3_vec_env
    envs = make_sb3_vec_env(view, 3, seed=0, **SIZES[view]["easy"])
    envs.reset()
    actions = np.zeros((3, *envs.action_space.shape), dtype=np.int64)
    n_ends = 0
    for _ in range(130):
        _, _, dones, infos = envs.step(actions)
        n_ends += dones.sum()
        assert [type(info.get("is_success")) for info in infos] == [bool if done else type(None) for done in dones]
    assert n_ends


@pytest.mark.parametrize("view", REWARDED)
def test_three_sizes_can_be_made_in_every_form_and_the_hard_one_is_the_largest(view):
    assert list(SIZES[view]) == ["easy", "medium", "hard"]
    sizes = []
    for arguments in SIZES[view].values():
        env = gym.make(f"hippo_envs:{view}", **arguments)
        native = gym.make_vec(view, num_envs=2, vectorization_mode="vector_entry_point", **arguments)
        assert native.spec.reward_threshold == env.spec.reward_threshold
        task = env.unwrapped
        sizes.append(task.task.n_units * task.task.n_stored if view == PATTERNS else task.family.max_nodes)
    assert sizes == sorted(set(sizes))


def test_every_view_with_a_reward_has_sizes():
    assert list(SIZES) == REWARDED
