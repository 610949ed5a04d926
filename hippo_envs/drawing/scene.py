"""What a picture shows, as plain arrays: a world with an agent in it, or fields of bits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hippo_envs.drawing.layout import Layout, layout_of
from hippo_envs.graph import Graph

HIDDEN = -1
Caption = tuple[str | int, ...]  # words, and symbols that are drawn as they look


@dataclass(frozen=True, eq=False)
class Scene:
    """A world at one step of a walk.

    Args:
        layout: where its nodes are.
        symbols: integers (n_nodes,), what each shows; -1 for nothing, in the dark.
        visited: bools (n_nodes,).
        taken: links of the layout in the order in which they were first taken.
        node: where the agent is.
        previous: where its last move began; None at the start.
        caption: a line below the world.
        alphabet: how symbols are written; None to draw them as glyphs.
        hide_unvisited: whether nodes that were not visited keep their symbols to themselves.
    """

    layout: Layout
    symbols: ArrayLike
    visited: NDArray[np.bool_]
    taken: Sequence[int]
    node: int
    previous: int | None = None
    caption: Caption = ()
    alphabet: tuple[str, ...] | None = None
    hide_unvisited: bool = False


@dataclass(frozen=True, eq=False)
class Overlay:
    """What else can be laid over a scene, such as what a model makes of it.

    Args:
        values: floats (n_nodes,) in 0..1 that colour the tiles, NaN for none: a rate map.
        attention: floats (n_nodes,) in 0..1, drawn as rings and as lines from the agent: where a memory looks.
        panel: lines of text to the right of the world.
        labels: a letter or two at the corner of some nodes, by their number.
    """

    values: NDArray[np.float64] | None = None
    attention: NDArray[np.float64] | None = None
    panel: tuple[Caption, ...] = ()
    labels: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class BitField:
    """Units that are on or off.

    Args:
        title: a line above it.
        on: bools (n_units,).
        target: bools (n_units,), what should be on; None if that is no question.
    """

    title: str
    on: NDArray[np.bool_]
    target: NDArray[np.bool_] | None = None


@dataclass(frozen=True, eq=False)
class BitScene:
    """Fields of bits, the first of them large and the others in a row below it."""

    fields: tuple[BitField, ...]
    caption: Caption = ()


@dataclass(eq=False)
class Trail:
    """Where a walk has been, kept step by step."""

    layout: Layout
    node: int
    came_by: str = "start"
    has_choice: bool = True  # of an action; where there is none, it is not named
    previous: int | None = None
    step: int = 0
    taken: list[int] = field(default_factory=list)
    last_visit: dict[int, int] = field(default_factory=dict)
    ago: int | None = None  # steps since the node was visited before; None if it was not
    by_new_link: bool = False  # whether the last move was the first along its link, either way
    visited: NDArray[np.bool_] = field(init=False)
    _links_taken: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.visited = np.zeros(len(self.layout.positions), dtype=bool)
        self._arrive(self.node)

    @classmethod
    def of(cls, graph: Graph, node: int) -> "Trail":
        """The start of a walk."""
        return cls(layout_of(graph), node, has_choice=graph.n_actions > 1)

    def move(self, node: int, came_by: str) -> None:
        """One step further, by the action of that name."""
        link = self.layout.link_of.get((self.node, node))
        self.by_new_link = link is not None and link not in self._links_taken
        if link is not None and self.by_new_link:
            self._links_taken.add(link)
            self.taken.append(link)
        self.previous, self.came_by = self.node, came_by
        self.step += 1
        self._arrive(node)

    def scene(self, symbols: ArrayLike, caption: Caption = (), alphabet: tuple[str, ...] | None = None) -> Scene:
        """A picture of the walk so far, given what the nodes show; it keeps no array of this trail."""
        return Scene(
            self.layout,
            np.array(symbols),
            self.visited.copy(),
            tuple(self.taken),
            self.node,
            self.previous,
            caption or (f"step {self.step}: {f'{self.came_by}, ' * self.has_choice}{self.memory}",),
            alphabet,
        )

    def _arrive(self, node: int) -> None:
        last = self.last_visit.get(node)
        self.ago = None if last is None else self.step - last
        self.node, self.last_visit[node], self.visited[node] = node, self.step, True

    @property
    def arrival(self) -> str:
        """How the node was come to: whether it is new, and whether the way there is."""
        if self.previous is None:
            return "the start"
        if self.ago is None:
            return "a new node"
        if self.previous == self.node:
            return "standing still"
        return "a known node by a new way" if self.by_new_link else "a known node by a known way"

    @property
    def memory(self) -> str:
        """What an agent may know of the node.

        >>> from hippo_envs import rectangle_graph
        >>> trail = Trail.of(rectangle_graph(2, 1), 0)
        >>> trail.memory
        'new node'
        """
        return "new node" if self.ago is None else f"visited {self.ago} step{'s' * (self.ago > 1)} ago"


def follow(
    trails: dict[int, Trail], steps: ArrayLike, graphs: Sequence[Graph], nodes: ArrayLike, came_by: Sequence[str] | None
) -> None:
    """Take the trail of each of B worlds one step further, or begin it where a world has had no step.

    Args:
        trails: by the number of the world.
        steps: integers (B,).
        graphs: of each world.
        nodes: integers (B,), where the agents are.
        came_by: the names of the last actions; None where all have just been reset.
    """
    for world, (step, node) in enumerate(zip(np.asarray(steps).tolist(), np.asarray(nodes).tolist(), strict=True)):
        if step == 0:
            trails[world] = Trail.of(graphs[world], node)
        elif came_by is not None:
            trails[world].move(node, came_by[world])


def in_the_dark(symbols: Sequence[int], node: int) -> list[int]:
    """Symbols (n_nodes,) without that of the node where it is dark."""
    return [*symbols[:node], HIDDEN, *symbols[node + 1 :]]


def step_name(names: Sequence[str], action: int, move: int, is_dark: bool = False) -> str:
    """What happened, and, where that is another thing, what the agent did.

    >>> step_name(("east", "north"), 1, 1), step_name(("east", "north"), 0, 1)
    ('north', 'north, heard as east')
    """
    told = names[move] if move == action else f"{names[move]}, heard as {names[action]}"
    return f"{told}, in the dark" if is_dark else told


class Said(NamedTuple):
    """What is written of a step of a view.

    Args:
        predicted: the symbol; None at the start.
        came: the symbol; None in the dark.
        reward: for the prediction.
        next_action: the name of the action that follows; "" where there is no other.
    """

    predicted: int | None
    came: int | None
    reward: float
    next_action: str


def name_of(action: int, names: Sequence[str]) -> str:
    """What an action is called in a caption; nothing where there is no other.

    >>> name_of(1, ("west", "east")), name_of(0, ("next",))
    ('east', '')
    """
    return names[action] if len(names) > 1 else ""


def caption(said: Said) -> str:
    """A line under the picture of a world.

    >>> caption(Said(3, 7, 0.0, "east")), caption(Said(3, None, 0.05, ""))
    ('predicted 3, came 7, reward 0, next east', 'predicted 3, came dark, reward 0.05')
    """
    return ", ".join(
        [
            *([] if said.predicted is None else [f"predicted {said.predicted}"]),
            f"came {'dark' if said.came is None else said.came}",
            *([] if said.predicted is None else [f"reward {said.reward:.2g}"]),
            *([f"next {said.next_action}"] if said.next_action else []),
        ]
    )


def glyph_caption(said: Said) -> Caption:
    """The same with symbols as they are drawn; what came is in the agent's frame above it, unless it is dark.

    >>> glyph_caption(Said(3, 7, 0.0, "east")), glyph_caption(Said(None, 7, 0.0, "east"))
    (('predicted', 3, 'reward 0', 'next: east'), ('came', 7, 'next: east'))
    """
    following: Caption = (f"next: {said.next_action}",) if said.next_action else ()
    came: Caption = ("in the dark",) if said.came is None else ("came", said.came)
    if said.predicted is None:
        return (*came, *following)
    return ("predicted", said.predicted, *(came if said.came is None else ()), f"reward {said.reward:.2g}", *following)
