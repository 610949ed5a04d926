"""A maze with four goals, one of which holds the reward until it moves: remember it, and find it again."""

from itertools import pairwise
from typing import NamedTuple

from hippo_envs.arguments import check_moves, number, true_or_false, whole_number
from hippo_envs.envs.base.graph_env import GraphEnv, GraphVectorEnv
from hippo_envs.envs.track import DIAGONALS, NO_REWARD, REWARD, Spot, Track, line_of
from hippo_envs.graph import Graph
from hippo_envs.walking.walk_policies import HabitPolicy
from hippo_envs.worlds import WorldFamily

N_GOALS = 4
TRY, TRY_MOVED = "try", "try, goal moved"
AGAIN, GIVE_UP = "again after reward", "again after none"
ACTIONS = (
    *("down", "up"),
    *DIAGONALS.values(),
    *(TRY, TRY_MOVED, AGAIN, GIVE_UP),
    *(f"goal is {goal + 1}" for goal in range(N_GOALS)),
)


class _Copy(NamedTuple):
    """The moments of one copy of the maze."""

    start: int
    boxes: list[int]  # the four goal boxes, from left to right
    forks: list[tuple[int, list[int]]]  # each fork, with the way on towards each goal


def double_ended_maze_graph(
    segment: int = 4, error: float = 0.1, switch: float = 0.2, forward: float = 0.8, explore: bool = True
) -> Graph:
    """Four copies of the maze, in each of which another goal is known, and four in which the animal looks for it.

    A copy has a start, three forks, four goal boxes, seven corridors of `segment` spots between them, and at every box
    a moment with reward or without. In a copy where the goal is known the animal goes forwards, takes the wrong way at
    a fork with probability `error`, and finds no reward at the goal with probability `switch`: then the goal has moved,
    to one of the other three. In the copies for searching it may turn back anywhere, and goes forwards with probability
    `forward`. 4 (7 segment + 13) + 4 (7 segment + 12) moments, 324 for corridors of four.

    Args:
        segment: spots of a corridor, at least 1.
        error, switch: probabilities below 1.
        forward: probability of going on rather than back while searching, above 0 and at most 1.
        explore: whether there are copies for searching; without them the animal is told where the goal has moved to.

    Raises:
        ValueError: if an argument is out of its range.
    """
    segment = whole_number("segment", segment, at_least=1)
    check_moves(2 * N_GOALS * 7 * segment, len(ACTIONS), segment=segment)
    error, switch = number("error", error, at_least=0, below=1), number("switch", switch, at_least=0, below=1)
    forward, explore = number("forward", forward, above=0, at_most=1), true_or_false("explore", explore)
    track = Track(ACTIONS)
    known = [_known_copy(track, goal, segment, error, switch) for goal in range(N_GOALS)]
    sought = [_searching_copy(track, goal, segment, forward) for goal in range(N_GOALS)] if explore else None
    for goal in range(N_GOALS):
        lost = known[goal].boxes[goal] + 1
        for other in set(range(N_GOALS)) - {goal}:
            track.join(lost, (sought or known)[other].start, f"goal is {other + 1}")
        if sought:
            track.join(sought[goal].boxes[goal] + 1, known[goal].start, AGAIN)
    return track.graph(start_nodes=[copy.start for copy in sought or known])


def _spots(segment: int) -> list[list[Spot]]:
    """Stretches of the maze, each ending at a fork or in a goal box: the stem, two arms, and two ends of each."""
    n, top = segment + 1, 2 * segment + 2
    stretches = [line_of((0, 0), (0, 1), n + 1)]
    for side in (-1, 1):
        stretches += [
            line_of((side, n + 1), (side, 1), n),
            line_of((side * (n + 1), top - 1), (side, -1), n),
            line_of((side * (n - 1), top + 1), (-side, 1), n),
        ]
    return stretches


def _copy(track: Track, segment: int, number: int, n_extra: int) -> tuple[_Copy, list[list[int]]]:
    """One copy of the maze, its corridors joined forwards, each box followed by its moment without reward."""
    shift = (number % N_GOALS * (4 * segment + 9), -(number // N_GOALS) * (3 * segment + 8))
    stretches = []
    for stretch in _spots(segment):
        box = len(stretches) not in (0, 1, 4)  # the stem and the two arms end at forks
        stretches.append(track.add([*stretch, (stretch[-1][0], stretch[-1][1] - 1)] if box else stretch, shift))
    for extra in range(n_extra):
        track.add([(extra, -2)], shift)
    stem, left, far_left, near_left, right, far_right, near_right = stretches
    ends = (far_left, near_left, near_right, far_right)
    for end in ends:
        track.looks[end[-1]] = NO_REWARD
    branches = [stem, left, right, *(end[:-1] for end in ends)]
    for moments in branches:
        track.follow(moments)
    forks = [
        (stem[-1], [left[0], left[0], right[0], right[0]]),
        (left[-1], [far_left[0], near_left[0]]),
        (right[-1], [near_right[0], far_right[0]]),
    ]
    return _Copy(stem[0], [end[-2] for end in ends], forks), branches


def _known_copy(track: Track, goal: int, segment: int, error: float, switch: float) -> _Copy:
    copy, _ = _copy(track, segment, goal, n_extra=1)
    rewarded = len(track.spots) - 1
    track.looks[rewarded] = REWARD
    middle, left, right = copy.forks
    of_goal = ((middle, goal), (left, goal) if goal < N_GOALS // 2 else (right, goal % 2))
    for fork, ways in copy.forks:
        right_way = next((ways[number] for (at, _), number in of_goal if at == fork), None)
        for way in dict.fromkeys(ways):
            wrong = right_way is not None and way != right_way
            track.join(fork, way, habit=error / (1 - error) if wrong else 1.0)
    for which, box in enumerate(copy.boxes):
        if which == goal:
            track.join(box, rewarded, TRY, habit=1 - switch)
            track.join(box, box + 1, TRY_MOVED, habit=switch)
        else:
            track.join(box, box + 1, TRY)
            track.join(box + 1, copy.start, GIVE_UP)
    track.join(rewarded, copy.start, AGAIN)
    return copy


def _searching_copy(track: Track, goal: int, segment: int, forward: float) -> _Copy:
    copy, branches = _copy(track, segment, N_GOALS + goal, n_extra=0)
    back = (1 - forward) / forward
    for fork, ways in copy.forks:
        for way in dict.fromkeys(ways):
            track.join(fork, way)
            track.join(way, fork, habit=back)
    for moments in branches:
        for before, after in pairwise(moments):
            if after not in copy.boxes:
                is_fork = any(after == fork for fork, _ in copy.forks)
                track.join(after, before, habit=2 * back if is_fork else back)
    for which, box in enumerate(copy.boxes):
        track.join(box, box + 1, TRY)
        if which == goal:
            track.looks[box + 1] = REWARD
        else:
            track.join(box + 1, copy.start, GIVE_UP)
    return copy


def double_ended_maze_family(
    segment: int = 4,
    error: float = 0.1,
    switch: float = 0.2,
    forward: float = 0.8,
    explore: bool = True,
    n_observations: int = 45,
) -> WorldFamily:
    """Worlds on one double-ended maze; the arguments are those of `DoubleEndedMazeEnv`."""
    graph = double_ended_maze_graph(segment, error, switch, forward, explore)
    return WorldFamily((graph,), n_observations, HabitPolicy())


class DoubleEndedMazeEnv(GraphEnv):
    """Run to the goal that holds the reward, and search again when the reward has moved.

    ## Description
    After the maze of Grieves et al. (2016), in which cells on the way tell to which goal the animal runs, as the
    Tolman-Eichenbaum Machine learns it. A stem forks to the left and right, each arm forks again, and of the four goal
    boxes (the two inner ones are the same place) one holds the reward. The animal runs to the goal it knows until there
    is no reward any more; then it searches, going back and forth, until it finds the new goal. Every spot looks the
    same whatever the goal: what a box will show depends on what was found before.

    (The authors count 328 moments: four of theirs are never reached.)

    A graph is deterministic and chance is not, so the moment at which the known goal turns out to have moved has an
    action of its own, "try, goal moved", and the action after it tells where to. The authors' model, which draws its
    next state at random, has one action for every try.

    Walks, as `sample_walks` takes them, follow the animal's habits: to the goal that it knows but for `error` of the
    choices at forks, there finding the goal moved with probability `switch`, and in search of it on rather than back
    with probability `forward`.

    ## Action Space
    `Discrete(14)`: down, up, up-left, down-right, down-left, up-right; try; try, goal moved; again after reward;
    again after none (back at the start); goal is 1 to 4. What is not open at a moment leaves the agent where it
    is; `info["action_mask"]` says what is. A number outside the space raises a `ValueError`.

    ## Observation Space
    `Discrete(n_observations)`: the symbol of the spot, or that of reward or of its absence, as an `int`.
    ...

    ## Rewards
    ...
    The reward is a symbol.

    ## Starting State
    New symbols for every spot, for the reward and for its absence; the start of the maze, searching one of four goals.

    ## Episode End
    Never terminates. Truncated after `max_episode_steps` (1,024 as registered).

    ## Information
    ...

    Ground truth, not for agents, is `env.unwrapped.node`: the moment of the task.

    ## Arguments
    | name | default | meaning |
    |---|---|---|
    | `segment` | `4` | spots of each of the seven corridors |
    | `error` | `0.1` | how often the animal takes the wrong way at a fork, in walks |
    | `switch` | `0.2` | how often the goal has moved when it comes there, in walks |
    | `forward` | `0.8` | how often it goes on rather than back while searching, in walks |
    | `explore` | `True` | whether it searches; if not, the action that follows a switch tells it the new goal |
    | `n_observations` | `45` | number of symbols |
    ...

    ## Vectorized environment
    ...

    >>> import gymnasium as gym
    >>> make = "hippo_envs:hippo/DoubleEndedMaze-v0"
    >>> envs = gym.make_vec(make, num_envs=3, vectorization_mode="vector_entry_point")
    >>> envs.reset(seed=0)[0].shape, envs.family.graphs[0].n_nodes
    ((3,), 324)

    ## Scoring
    Accuracy on `decision & seen`: arrivals whose symbol depends on more than the spot and the action. The node agent
    reads the hidden goal and is therefore the ceiling there; compare with the Markov memories and the Bayes filter.

    ## Reference scores
    Chance 1 / n_observations. `hippo_envs.references` and `hippo_envs.ceilings` compute all of them on any walks.

    ## References
    Grieves, Wood and Dudchenko (2016), eLife 5, "Place cells on a maze encode routes rather than destinations";
    Whittington et al. (2020), Cell 183.
    """

    build_family = staticmethod(double_ended_maze_family)


class DoubleEndedMazeVectorEnv(GraphVectorEnv):
    """The native vector form of `DoubleEndedMazeEnv`, with the same arguments."""

    single = DoubleEndedMazeEnv
