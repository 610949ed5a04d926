"""The contract between an agent and everything that trains, scores or watches it.

An agent hears a walk: observation, action, observation, action, ... and says before each observation what it will be.
It knows the walk only through the integers it is given; nothing here knows what a graph or an environment is.

Shapes: B walks, T steps, K observations (symbols), N units.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, ClassVar, Generic, NamedTuple, TypeVar

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils._pytree import tree_leaves, tree_map

from .data_parallel import average_gradients, in_all, n_processes
from .sizes import count

NOTHING_KNOWN = "There is nothing to learn from: no step of these walks is known."

State = TypeVar("State")
Tensors = TypeVar("Tensors", bound=tuple[Tensor, ...])


@dataclass(frozen=True)
class Prediction(Generic[State]):
    """What `forward` returns: the logits of every step, what the units did, and the state after the last step."""

    logits: Float[Tensor, "B T K"]
    activity: dict[str, Float[Tensor, "B T _"]]
    state: State


class _Batch(NamedTuple):
    observations: Int[Tensor, "B T"]
    actions: Int[Tensor, "B T"]
    known: Bool[Tensor, "B T"]
    heard: Int[Tensor, "B T"]


class Batch(_Batch):
    """Walks to learn from.

    Args:
        observations: what is there, which is to be predicted.
        actions: that follow.
        known: the steps whose observation the walk has shown before.
        heard: what the agent hears, in the dark the last of its symbols; `observations` if None.
    """

    __slots__ = ()

    # Of any dtype, which an agent's methods make whole numbers of.
    def __new__(cls, observations: Tensor, actions: Tensor, known: Tensor, heard: Tensor | None = None) -> "Batch":
        return super().__new__(cls, observations, actions, known, observations if heard is None else heard)


class Agent(nn.Module, Generic[State]):
    """Predicts each observation of a walk from the observations and actions before it.

    A subclass gives `initial_state`, `predict` and `observe`. That is a complete agent; a `forward` that answers a
    whole walk at once makes it fast, and must equal the loop below in eval mode, however the walk is cut into chunks.
    Everything that a walk changes lives in the state, a tuple of tensors, so one agent serves any number of walks; and
    what it says of one must not depend on the others, which may be of the same map.

    It is made for the symbols that it may hear. Where it may be dark the last of them is the dark, which it hears in
    place of what is there and is never asked for: `losses` compare logits of what was `heard` with `observations`, and
    who reads an answer leaves the logit of the dark out.

    Observations and actions may have any whole-number dtype, and there may be no walks or no steps: a subclass is given
    int64 and at least one of each (see `LENIENT`).

    It learns by the gradient of its `losses`. One that has a rule of its own, such as counting, gives an `update` and
    keeps what it has learnt in parameters with `requires_grad=False`: they are saved, hashed and counted as weights
    are, and the optimiser leaves them as they are.

    Gradients are clipped to `max_gradient_norm`; `learning_rate` is that of Adam where no experiment sets another.
    """

    max_gradient_norm: ClassVar[float] = 1.0
    learning_rate: ClassVar[float] = 1e-3
    told_places: bool = False  # whether its actions also say where they led, as `agents.parts.given_places` does
    built_for: tuple[int, int] | None = None  # symbols and actions of its walks; None if its constructor takes neither

    def __init_subclass__(cls, **named: Any) -> None:
        super().__init_subclass__(**named)
        _make_lenient(cls)

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> State:
        """The state before the first observation of `batch` walks.

        All randomness of a walk is drawn here, from a generator on the CPU whatever the device; without one, from a
        generator that is always the same.
        """
        raise NotImplementedError

    def predict(self, state: State) -> Float[Tensor, "B K"]:
        """Logits for the coming observation."""
        raise NotImplementedError

    def observe(self, state: State, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> State:
        """Take in the observation, and the action that follows it."""
        raise NotImplementedError

    def forward(self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: State) -> Prediction[State]:
        """Predict every step of a walk, or of a chunk of one that goes on from `state`."""
        logits = []
        for observation, action in zip(observations.unbind(1), actions.unbind(1), strict=True):
            logits.append(self.predict(state))
            state = self.observe(state, observation, action)
        return Prediction(torch.stack(logits, dim=1), {}, state)

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Named losses, to be summed: by default the cross-entropy on known steps.

        A first visit cannot be predicted; learning from it only teaches how common each symbol is.
        """
        state = self.initial_state(len(batch.observations), generator)
        logits = self.forward(batch.heard, batch.actions, state).logits
        return {"cross_entropy": F.cross_entropy(logits[batch.known], batch.observations[batch.known])}

    def update(
        self,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """Learn from one batch; an agent with a learning rule of its own overrides this, and may ignore `optimiser`.

        Args:
            batch: walks to learn from.
            optimiser: over the agent's parameters, its learning rate already set.
            progress: the fraction of training that is over, in [0, 1], for schedules.
            generator: for the randomness of the walks' initial states.

        Returns:
            The losses; none where steps are known to other processes alone.

        Raises:
            ValueError: if no step of the batch is known.
        """
        n_known = batch.known.sum()
        losses = self.losses(batch, generator)
        # Not asked before: a mask in the losses makes a GPU wait once, and this is the same wait.
        is_known_here, is_known = bool(n_known), bool(in_all(n_known))
        if not is_known:
            raise ValueError(NOTHING_KNOWN)
        step(self, losses, optimiser, n_known)
        return {name: loss.detach() for name, loss in losses.items()} if is_known_here else {}

    def update_from(
        self,
        state: State | None,
        begins: Bool[Tensor, " B"],
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> tuple[dict[str, Tensor], State]:
        """Learn from the next steps of walks that last over many updates; an agent that can do so overrides this.

        Args:
            state: after the steps before; None if there are none.
            begins: the walks that begin with these steps, for which `state` says nothing.
            batch: the steps.
            optimiser, progress, generator: as for `update`.

        Returns:
            The losses, and the state after the steps, through which no gradient passes.
        """
        raise ValueError(
            f"{type(self).__name__} does not learn in worlds that last over many updates: give it an update_from."
        )


Method = Callable[..., Any]


def _whole(steps: Any, name: str) -> Int[Tensor, "*B"]:
    """As int64, which alone indexes the same everywhere: of uint8 PyTorch makes a mask.

    Raises:
        TypeError: if they are no tensor of whole numbers.
    """
    if (
        not isinstance(steps, Tensor)
        or steps.dtype == torch.bool
        or steps.dtype.is_floating_point
        or steps.is_complex()
    ):
        got = steps.dtype if isinstance(steps, Tensor) else type(steps).__name__
        raise TypeError(f"{name} must be a tensor of whole numbers, got {got}: use torch.as_tensor(...).long().")
    return steps.long()


def _n_walks(state: Any) -> int:
    leaves = state if isinstance(state, tuple) and state and isinstance(state[0], Tensor) else tree_leaves(state)
    first = next((leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.ndim), None)
    return 1 if first is None else len(first)


def _checked_init(method: Method) -> Method:
    """Refuse numbers of symbols and actions that are none; a constructor of other arguments is left alone."""
    if list(signature(method).parameters)[1:3] != ["n_observations", "n_actions"]:
        return method

    @wraps(method)
    def init(self: Agent[Any], n_observations: Any, n_actions: Any, *given: Any, **named: Any) -> None:
        numbers = count("n_observations", n_observations), count("n_actions", n_actions)
        method(self, *numbers, *given, **named)
        self.built_for = numbers

    return init


def _lenient_initial_state(method: Method) -> Method:
    @wraps(method)
    def initial_state(self: Agent[Any], batch: int, *given: Any, **named: Any) -> Any:
        if batch:
            return method(self, batch, *given, **named)
        return tree_map(lambda of_one: of_one[:0], method(self, 1, *given, **named))

    return initial_state


def _lenient_predict(method: Method) -> Method:
    @wraps(method)
    def predict(self: Agent[Any], state: Any) -> Any:
        return method(self, state) if _n_walks(state) else method(self, self.initial_state(1))[:0]

    return predict


def _lenient_observe(method: Method) -> Method:
    @wraps(method)
    def observe(self: Agent[Any], state: Any, observation: Any, action: Any) -> Any:
        observation, action = _whole(observation, "observation"), _whole(action, "action")
        return method(self, state, observation, action) if len(observation) else state

    return observe


def _lenient_forward(method: Method) -> Method:
    @wraps(method)
    def forward(self: Agent[Any], observations: Any, actions: Any, state: Any) -> Any:
        observations, actions = _whole(observations, "observations"), _whole(actions, "actions")
        if observations.numel():
            return method(self, observations, actions, state)
        # One walk of one step says what there would be, and none of it is handed out.
        n_walks, n_steps = observations.shape
        step = observations.new_zeros(max(n_walks, 1), max(n_steps, 1))
        made = method(self, step, step, state if n_walks else self.initial_state(1))
        activity = {name: values[:n_walks, :n_steps] for name, values in made.activity.items()}
        return Prediction(made.logits[:n_walks, :n_steps], activity, state)

    return forward


def _lenient_losses(method: Method) -> Method:
    @wraps(method)
    def losses(self: Agent[Any], batch: Batch, *given: Any, **named: Any) -> Any:
        return method(self, _whole_batch(batch), *given, **named)

    return losses


def _lenient_update(method: Method) -> Method:
    @wraps(method)
    def update(self: Agent[Any], batch: Batch, *given: Any, **named: Any) -> Any:
        if not batch.known.numel() and n_processes() == 1:
            raise ValueError(NOTHING_KNOWN)
        return method(self, _whole_batch(batch), *given, **named)

    return update


def _whole_batch(batch: Batch) -> Batch:
    observations, actions = _whole(batch.observations, "observations"), _whole(batch.actions, "actions")
    heard = observations if batch.heard is batch.observations else _whole(batch.heard, "heard")
    return Batch(observations, actions, batch.known.bool(), heard)


# What makes a method take whole numbers of any dtype, no walks and no steps; for every agent, others' too.
LENIENT: Mapping[str, Callable[[Method], Method]] = {
    "__init__": _checked_init,
    "initial_state": _lenient_initial_state,
    "predict": _lenient_predict,
    "observe": _lenient_observe,
    "forward": _lenient_forward,
    "losses": _lenient_losses,
    "update": _lenient_update,
}


def _make_lenient(agent: type[Agent[Any]], names: Iterable[str] = tuple(LENIENT)) -> None:
    for name in names:
        if name in vars(agent):
            setattr(agent, name, LENIENT[name](vars(agent)[name]))


# The others raise, and a subclass that lacks them is known by their being the same.
_make_lenient(Agent, ("forward", "losses", "update"))


def step(agent: Agent[Any], losses: Mapping[str, Tensor], optimiser: torch.optim.Optimizer, n_known: Tensor) -> None:
    """Go down the gradient of the sum of the losses, clipped.

    Args:
        agent: whose weights are updated.
        losses: means over known steps.
        optimiser: over its parameters.
        n_known: how many there are, should other processes train along on other walks.
    """
    optimiser.zero_grad(set_to_none=True)
    torch.stack(list(losses.values())).sum().backward()
    average_gradients(agent, n_known)
    nn.utils.clip_grad_norm_(agent.parameters(), agent.max_gradient_norm)
    optimiser.step()


def update_by_chunks(
    agent: Agent[Tensors],
    losses_from: Callable[[Tensors, Batch], tuple[dict[str, Tensor], Tensors]],
    state: Tensors,
    batch: Batch,
    optimiser: torch.optim.Optimizer,
    chunk: int | None,
) -> tuple[dict[str, Tensor], Tensors]:
    """An optimiser step for each chunk of the walks: backpropagation through time, truncated.

    Args:
        agent: whose weights are updated.
        losses_from: losses of a chunk and the state after it, from the state before it.
        state: a named tuple of tensors, before the walks.
        batch: whole walks.
        optimiser: over the agent's parameters.
        chunk: how many steps; None for all.

    Returns:
        Averages over the known steps of all chunks, and the state after the last one, detached.

    Raises:
        ValueError: if no step of the batch is known.
    """
    chunks = [Batch(*part) for part in zip(*(of.split(chunk or of.shape[1], dim=1) for of in batch), strict=True)]
    n_known = torch.stack([part.known.sum() for part in chunks])
    here, anywhere = n_known.tolist(), in_all(n_known).tolist()  # of all chunks at once: a GPU makes one wait
    if not any(anywhere):
        raise ValueError(NOTHING_KNOWN)
    totals, weights = [], []
    for part, known_here, is_known_here, is_known in zip(chunks, n_known, here, anywhere, strict=True):
        losses, state = losses_from(state, part)
        state = type(state)(*(tensor.detach() for tensor in state))
        if is_known:
            step(agent, losses, optimiser, known_here)
            if is_known_here:  # and not only to other processes
                totals.append({name: loss.detach() for name, loss in losses.items()})
                weights.append(known_here)
    if not totals:
        return {}, state
    share = torch.stack(weights).to(next(iter(totals[0].values())))
    share = share / share.sum()
    return {name: (share * torch.stack([losses[name] for losses in totals])).sum() for name in totals[0]}, state
