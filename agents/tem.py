"""TEM, the Tolman-Eichenbaum Machine: path integration, a sensory code, and Hebbian memories that bind the two.

Paper: Whittington, Muller, Mark, Chen, Barry, Burgess and Behrens (2020), "The Tolman-Eichenbaum Machine: unifying
space and relational memory through generalization in the hippocampal formation", Cell 183.

| here | paper | |
|---|---|---|
| scale | f | frequency module, the fastest first |
| `abstract` | g | abstract location (entorhinal); `path_integrated` is g_gen, before the observation is heard |
| `grounded` | p | grounded location (hippocampus): at each scale the outer product of subsampled g and x~ |
| `filtered`, `sense` | x^f, x~ | two-hot code of the observation, smoothed; normalised, weighted, tiled |
| `recalled` | p_x | what the inference memory returns for the observation |
| `retrieved`, `predicted` | p_g, p_gt | what the generative memory returns for the inferred and the path-integrated g |
| `attract` in `hebbian.py` | h <- f_p(kappa h + h M) | |
| `origins`, `targets` | a_k = p_inf + p_g, b_k = p_inf - p_g | M = sum_k eta lambda^(t-k) mask . a_k^T b_k |
| `remember`, `forget` | eta, lambda | |
| `doubt` | | added to the deviation of what memory says of g, early in training |

Memory is never a matrix that changes at every step: what was written since the last clamp is a list of vectors that a
query attends to, with weights that decay. Every `chunk` steps of a walk the list goes into a matrix, clamped to
[-1, 1]; the count of steps is the length of the list, so it does not matter how a walk is cut. Inference does not hear
of the generative memory, hence the steps between two clamps are gone through in three rounds: infer, step after step;
retrieve p_g, step after step; predict, all steps at once.

Schedules are in `tem_config.py`. The published learning rate, which is the trainer's business, is 8e-5 + 8.6e-4 x
.5^(i / 4,000), with i the published update.

Departures, each because the paper leaves it open, or because it is faster:
- Memory is clamped every `chunk` steps, as in the authors' code, and no gradient passes a clamped matrix.
- Losses are means over the known steps of a chunk, not sums over steps; there is one optimiser step for each chunk.
- x~ is normalised walk by walk. Any number of symbols: the sensory code has the fewest units with enough pairs.
- Standing still is an action like any other. One hidden layer serves the transitions of all scales.
- Means are used and no noise is drawn, as in the authors' code. Networks have one hidden layer, twice as wide as the
  scale, ELU for means, tanh for log deviations; path integration and memory are weighted by inverse variance, unit by
  unit. The prediction error from which memory's deviation is computed passes no gradient.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from .base import Agent, Batch, Prediction, update_by_chunks
from .parts.hebbian import Memory, Reach, RetrieveAndWrite, attract, rectify
from .parts.scale_network import ScaleNetwork
from .sizes import at_least
from .tem_config import TEMConfig, schedule

SMALLEST_LENGTH = 1e-8


class TEMState(NamedTuple):
    """Where the agent believes it is, what it sensed, and two memories: a clamped matrix, and M writes since then.

    Before the first clamp the matrices have no rows (R = 0), afterwards P.
    """

    abstract: Float[Tensor, "B G"]
    log_deviation: Float[Tensor, "B G"]
    filtered: Float[Tensor, "B F S"]
    inference_matrix: Float[Tensor, "B R P"]
    inference_origins: Float[Tensor, "B M P"]
    inference_targets: Float[Tensor, "B M P"]
    generation_matrix: Float[Tensor, "B R P"]
    generation_origins: Float[Tensor, "B M P"]
    generation_targets: Float[Tensor, "B M P"]


def begun_anew(state: TEMState, fresh: TEMState, begins: Bool[Tensor, " B"]) -> TEMState:
    """The state with that of a new walk in some rows: the learned g_0, nothing sensed, nothing remembered.

    Eta and lambda change from update to update, and all rows share one count of the steps since the clamp, so walks go
    on and begin only where memory has just been clamped.

    Raises:
        ValueError: if it has not been.
    """
    n_written = state.inference_origins.shape[1]
    if n_written:
        raise ValueError(f"{n_written} steps have passed since memory was clamped: take chunks as long as the agent's.")
    rows = []
    for old, new in zip(state, fresh, strict=True):
        # No matrix, as before the first clamp, is the same as one of zeros.
        new = new if new.shape == old.shape else torch.zeros_like(old)
        rows.append(torch.where(begins.view(-1, *(1,) * (old.ndim - 1)), new, old) if begins.any() else old)
    return TEMState(*rows)


class Trace(NamedTuple):
    """Every variable along T steps; the names are those of the table above."""

    path_integrated: Float[Tensor, "B T G"]
    abstract: Float[Tensor, "B T G"]
    grounded: Float[Tensor, "B T P"]
    recalled: Float[Tensor, "B T P"]
    retrieved: Float[Tensor, "B T P"]
    predicted: Float[Tensor, "B T P"]


class TEM(Agent[TEMState]):
    """Path integrate, correct by what the observation recalls, bind both, retrieve what is expected elsewhere."""

    max_gradient_norm = TEMConfig.MAX_GRADIENT_NORM

    def __init__(self, n_observations: int, n_actions: int, config: TEMConfig = TEMConfig()) -> None:
        super().__init__()
        self.config = config
        n_scales, n_abstract = len(config.n_abstract), sum(config.n_abstract)
        if len(config.smoothing) != n_scales:
            raise ValueError(f"Each scale has a smoothing: {config.smoothing} are not {n_scales}.")
        if not all(0 < smoothing < 1 for smoothing in config.smoothing):
            raise ValueError(f"smoothing is between 0 and 1 at every scale, got {config.smoothing}.")
        at_least(config, 1, "n_hidden_transition", "chunk", "schedule_updates", "remember_updates")
        n_subsampled = [n // 3 for n in config.n_abstract]
        if min(n_subsampled) < 1:
            raise ValueError(f"Each scale needs 3 units for one to reach the hippocampus, got {config.n_abstract}.")
        self._wire(two_hot_codes(n_observations), n_subsampled)
        n_code = self.codes.shape[1]
        doubled = [2 * n for n in config.n_abstract]
        self.origin = nn.Parameter(0.5 * torch.randn(n_abstract))
        self.origin_log_deviation = nn.Parameter(torch.zeros(n_abstract))
        self.action_hidden = nn.Linear(n_actions, config.n_hidden_transition)
        self.transition = nn.Parameter(torch.zeros(config.n_hidden_transition, n_abstract, n_abstract))
        self.path_deviation = ScaleNetwork(config.n_abstract, doubled, config.n_abstract)
        self.memory_mean = ScaleNetwork(n_subsampled, doubled, config.n_abstract, output_deviation=0.1)
        self.memory_deviation = ScaleNetwork([2] * n_scales, doubled, config.n_abstract)
        self.smoothing = nn.Parameter(torch.logit(torch.tensor(config.smoothing)))
        self.sensory_weight = nn.Parameter(torch.ones(n_scales))
        self.readout_weight = nn.Parameter(torch.tensor(1.0))
        self.readout_bias = nn.Parameter(torch.zeros(n_code))
        self.readout = nn.Sequential(nn.Linear(n_code, 20 * n_code), nn.ELU(), nn.Linear(20 * n_code, n_observations))
        for name, value in schedule(float(config.schedule_updates), config)._asdict().items():
            self.register_buffer(name, torch.tensor(value))

    remember: Tensor
    forget: Tensor
    doubt: Tensor
    match_weight: Tensor
    recall_weight: Tensor
    grounded_weight: Tensor
    codes: Float[Tensor, "K S"]
    repeat: Float[Tensor, "G P"]
    tile: Float[Tensor, "FS P"]
    sum_senses: Float[Tensor, "P _"]
    read_senses: Float[Tensor, "P S"]
    sum_scale: Float[Tensor, "G F"]
    transition_mask: Float[Tensor, "G G"]
    origin_mask: Float[Tensor, "F P"]
    target_mask: Float[Tensor, "F P"]

    def _wire(self, codes: Float[Tensor, "K S"], n_subsampled: Sequence[int]) -> None:
        """Constant matrices; p is, at each scale, the flattened outer product of subsampled g and x~."""
        n_abstract, n_code = self.config.n_abstract, codes.shape[1]
        n_scales = len(n_abstract)
        self.n_grounded = [n * n_code for n in n_subsampled]
        n_all = sum(self.n_grounded)
        self.every_scale = [(n_all, 1)] * n_scales
        self.early_stopping = [(sum(self.n_grounded[:n]), n) for n in range(n_scales, 0, -1)]
        eyes = [torch.eye(n) for n in n_subsampled]
        repeats = [torch.kron(eye, torch.ones(1, n_code)) for eye in eyes]
        tiles = [torch.kron(torch.ones(1, n), torch.eye(n_code)) for n in n_subsampled]
        padded = [F.pad(repeat, (0, 0, 0, n - len(repeat))) for repeat, n in zip(repeats, n_abstract, strict=True)]
        scale_of_abstract = torch.arange(n_scales).repeat_interleave(torch.tensor(n_abstract))
        scale_of_grounded = torch.arange(n_scales).repeat_interleave(torch.tensor(self.n_grounded))
        scales = torch.arange(n_scales)[:, None]
        wiring = {
            "codes": codes,
            "repeat": torch.block_diag(*padded),
            "tile": torch.block_diag(*tiles),
            "sum_senses": torch.block_diag(*repeats).T.contiguous(),
            "read_senses": F.pad(tiles[0].T, (0, 0, 0, sum(self.n_grounded[1:]))),
            "sum_scale": F.one_hot(scale_of_abstract),
            "transition_mask": scale_of_abstract[:, None] >= scale_of_abstract,
            "origin_mask": scale_of_grounded >= scales,
            "target_mask": scale_of_grounded == scales,
        }
        for name, matrix in wiring.items():
            self.register_buffer(name, matrix.to(torch.get_default_dtype()), persistent=False)  # as parameters are

    def initial_state(self, batch: int, generator: torch.Generator | None = None) -> TEMState:
        n_grounded, like = sum(self.n_grounded), self.origin
        nothing = like.new_zeros(batch, 0, n_grounded)
        return TEMState(
            self.origin.expand(batch, -1),
            self.origin_log_deviation.expand(batch, -1),
            like.new_zeros(batch, len(self.n_grounded), self.codes.shape[1]),
            *(nothing,) * 6,
        )

    def predict(self, state: TEMState) -> Float[Tensor, "B K"]:
        n_written = state.generation_origins.shape[1]
        return self.read(self._generate(state.abstract[:, None], state, self._reach(1, n_written).at(0)))[:, 0]

    def observe(self, state: TEMState, observation: Int[Tensor, " B"], action: Int[Tensor, " B"]) -> TEMState:
        return self.trace(observation[:, None], action[:, None], state)[1]

    def forward(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TEMState
    ) -> Prediction[TEMState]:
        trace, state = self.trace(observations, actions, state)
        return Prediction(self.read(trace.predicted), trace._asdict(), state)

    def losses(self, batch: Batch, generator: torch.Generator | None = None) -> dict[str, Tensor]:
        """Cross-entropies from p_gt, p_inf and p_g, distances between codes, and penalties, on known steps."""
        return self._losses_from(self.initial_state(len(batch.observations), generator), batch)[0]

    def update(
        self,
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> dict[str, Tensor]:
        """One optimiser step for each chunk of the walks; the losses returned are averages over known steps."""
        all_begin = torch.ones(len(batch.observations), dtype=torch.bool)
        return self.update_from(None, all_begin, batch, optimiser, progress, generator)[0]

    def update_from(
        self,
        state: TEMState | None,
        begins: Bool[Tensor, " B"],
        batch: Batch,
        optimiser: torch.optim.Optimizer,
        progress: float,
        generator: torch.Generator | None = None,
    ) -> tuple[dict[str, Tensor], TEMState]:
        """The same for walks that go on from a state, some of which begin anew."""
        self.set_schedule(progress)
        start = self.initial_state(len(batch.observations), generator)
        if state is not None:
            start = begun_anew(state, start, begins)
        return update_by_chunks(self, self._losses_from, start, batch, optimiser, self.config.chunk)

    def set_schedule(self, progress: float) -> None:
        """Move everything that is scheduled to where it is after a fraction of training."""
        for name, value in schedule(float(progress * self.config.schedule_updates), self.config)._asdict().items():
            getattr(self, name).fill_(value)

    def _losses_from(self, state: TEMState, batch: Batch) -> tuple[dict[str, Tensor], TEMState]:
        trace, state = self.trace(batch.heard, batch.actions, state)
        codes = torch.stack([trace.predicted, trace.grounded, trace.retrieved])
        entropies = F.cross_entropy(
            self.read(codes).flatten(0, 2), batch.observations.expand(3, -1, -1).flatten(), reduction="none"
        ).unflatten(0, codes.shape[:3])
        known = batch.known.to(entropies)
        share = known / known.sum().clamp_min(1)
        by_step = {
            "cross_entropy": entropies[0],
            "inferred_cross_entropy": entropies[1],
            "retrieved_cross_entropy": entropies[2],
            "retrieved": self.match_weight * half_square(trace.grounded - trace.retrieved),
            "recalled": self.recall_weight * half_square(trace.grounded - trace.recalled),
            "path_integrated": self.match_weight * half_square(trace.abstract - trace.path_integrated),
            "abstract_penalty": 2 * self.config.abstract_penalty * half_square(trace.abstract),
            "grounded_penalty": self.grounded_weight * trace.grounded.abs().sum(dim=-1),
        }
        return {name: (loss * share).sum() for name, loss in by_step.items()}, state

    def trace(
        self, observations: Int[Tensor, "B T"], actions: Int[Tensor, "B T"], state: TEMState
    ) -> tuple[Trace, TEMState]:
        """Every variable of a walk, from one clamp of memory to the next."""
        parts, first = [], 0
        while first < observations.shape[1]:
            last = first + self.config.chunk - state.inference_origins.shape[1]
            part, state = self._between_clamps(observations[:, first:last], actions[:, first:last], state)
            parts.append(part)
            first = last
        return Trace(*(torch.cat(of_parts, dim=1) for of_parts in zip(*parts, strict=True))), state

    def _between_clamps(
        self,
        observations: Int[Tensor, "B T"],
        actions: Int[Tensor, "B T"],
        state: TEMState,
    ) -> tuple[Trace, TEMState]:
        """At most as many steps as are left until memory is clamped."""
        reach = self._reach(observations.shape[1], state.inference_origins.shape[1])
        filtered = self.filter(observations, state.filtered)
        inferred, state = self._infer(self.sense(filtered), observations, actions, state, reach)
        path_integrated, abstract, grounded, recalled = inferred
        retrieved, state = self._retrieve(abstract, grounded, state, reach)
        predicted = self._generate(path_integrated, state, reach)
        trace = Trace(path_integrated, abstract, grounded, recalled, retrieved, predicted)
        return trace, self._clamp(state._replace(filtered=filtered[:, -1]))

    def filter(self, observations: Int[Tensor, "B T"], filtered: Float[Tensor, "B F S"]) -> Float[Tensor, "B T F S"]:
        """x^f_t = (1 - alpha_f) x^f_(t-1) + alpha_f x_t."""
        smoothing = self.smoothing.sigmoid()[:, None]
        along = []
        for new in (smoothing * self.codes[observations][:, :, None]).unbind(1):
            filtered = torch.addcmul(new, 1 - smoothing, filtered)
            along.append(filtered)
        return torch.stack(along, dim=1)

    def sense(self, filtered: Float[Tensor, "B T F S"]) -> Float[Tensor, "B T P"]:
        """What stands out at each scale, at one length, weighted and tiled to the size of p."""
        standing_out = (filtered - filtered.mean(dim=-1, keepdim=True)).relu()
        normalised = F.normalize(standing_out, dim=-1, eps=SMALLEST_LENGTH)
        return (self.sensory_weight.sigmoid()[:, None] * normalised).flatten(-2) @ self.tile

    def read(self, grounded: Float[Tensor, "*B P"]) -> Float[Tensor, "*B K"]:
        """Logits of the observation: p of the fastest scale, summed over units of g, through a network."""
        return self.readout(self.readout_weight * (grounded @ self.read_senses) + self.readout_bias)

    def _infer(
        self,
        senses: Float[Tensor, "B T P"],
        observations: Int[Tensor, "B T"],
        actions: Int[Tensor, "B T"],
        state: TEMState,
        reach: Reach,
    ) -> tuple[Iterator[Tensor], TEMState]:
        """Recall p_x, correct g by it, bind g and x~, write, and move on: one step after another."""
        correct, path_deviation = self._corrector(), self.path_deviation.dense()
        transitions, n_actions = self._transitions(), self.action_hidden.in_features
        rows = actions + n_actions * torch.arange(len(actions), device=actions.device)[:, None]
        one_hot = F.one_hot(observations, len(self.codes)).to(senses)
        memory = Memory(state.inference_matrix, state.inference_origins[:, None], state.inference_targets[:, None])
        abstract, log_deviation = state.abstract, state.log_deviation
        along: list[tuple[Tensor, ...]] = []
        starts = rectify(senses)
        firsts = memory.first(starts, reach)
        by_step = zip(senses.unbind(1), starts.split(1, dim=1), firsts.split(1, dim=1), strict=True)
        for t, (sense, start, first) in enumerate(by_step):
            recalled = attract(start, first, memory, reach.at(t), self.config.kappa, self.every_scale)[:, 0]
            inferred = correct(abstract, log_deviation, recalled, one_hot[:, t])
            grounded = rectify((inferred @ self.repeat) * sense)
            along.append((abstract, inferred, grounded, recalled))
            memory = memory.write((grounded + recalled)[:, None], (grounded - recalled)[:, None])
            moved = (inferred @ transitions).view(-1, abstract.shape[1]).index_select(0, rows[:, t])
            abstract = (inferred + moved).clamp(-1, 1)
            log_deviation = path_deviation(inferred, torch.tanh)
        after = state._replace(
            abstract=abstract,
            log_deviation=log_deviation,
            inference_origins=memory.origins[:, 0],
            inference_targets=memory.targets[:, 0],
        )
        return (torch.stack(steps, dim=1) for steps in zip(*along, strict=True)), after

    def _corrector(self) -> "Callable[[Tensor, Tensor, Tensor, Tensor], Tensor]":
        """Weigh path-integrated g and what memory recalls of g for this observation by their inverse variances."""
        memory_mean, memory_deviation = self.memory_mean.dense(), self.memory_deviation.dense()

        def correct(
            path_integrated: Float[Tensor, "B G"],
            log_deviation: Float[Tensor, "B G"],
            recalled: Float[Tensor, "B P"],
            one_hot: Float[Tensor, "B K"],
        ) -> Float[Tensor, "B G"]:
            mean = memory_mean(recalled @ self.sum_senses, F.elu)
            with torch.no_grad():
                error = half_square(one_hot - self.read(recalled).softmax(dim=-1))
            size = mean.square() @ self.sum_scale
            quality = torch.stack([size, error[:, None].expand_as(size)], dim=-1).flatten(1)
            deviation = memory_deviation(quality, torch.tanh).exp() + self.doubt
            belief = torch.sigmoid(2 * (log_deviation - deviation.log()))
            return torch.lerp(path_integrated, mean.clamp(-1, 1), belief)

        return correct

    def _transitions(self) -> Float[Tensor, "G AG"]:
        """D_a for all actions side by side; slower scales act on faster ones, not the reverse."""
        hidden = torch.tanh(self.action_hidden.weight.T + self.action_hidden.bias)
        by_action = torch.einsum("ah,hij->iaj", hidden, self.transition * self.transition_mask)
        return by_action.flatten(1)

    def _retrieve(
        self, abstract: Float[Tensor, "B T G"], grounded: Float[Tensor, "B T P"], state: TEMState, reach: Reach
    ) -> tuple[Float[Tensor, "B T P"], TEMState]:
        """Retrieve p_g and write, one step after another."""
        retrieved = RetrieveAndWrite.apply(
            abstract @ self.repeat,
            grounded,
            state.generation_matrix,
            state.generation_origins,
            state.generation_targets,
            reach,
            self.config.kappa,
            [n_units for n_units, _ in self.early_stopping],
            self.origin_mask,
            self.target_mask,
        )
        after = state._replace(
            generation_origins=torch.cat([state.generation_origins, grounded + retrieved], dim=1),
            generation_targets=torch.cat([state.generation_targets, grounded - retrieved], dim=1),
        )
        return retrieved, after

    def _generate(self, abstract: Float[Tensor, "B T G"], state: TEMState, reach: Reach) -> Float[Tensor, "B T P"]:
        """Retrieve p_gt at all steps at once, each from what was written before it."""
        memory = self._generative_memory(state)
        start = rectify(abstract @ self.repeat)
        return attract(start, memory.first(start, reach), memory, reach, self.config.kappa, self.early_stopping)

    def _generative_memory(self, state: TEMState) -> Memory:
        origins, targets = self._from(state.generation_origins), self._to(state.generation_targets)
        return Memory(state.generation_matrix, origins.transpose(1, 2), targets.transpose(1, 2))

    def _from(self, origins: Float[Tensor, "*B P"]) -> Float[Tensor, "*B F P"]:
        """For each scale that is written to, the units it can be written from: its own and the slower ones."""
        return origins[..., None, :] * self.origin_mask

    def _to(self, targets: Float[Tensor, "*B P"]) -> Float[Tensor, "*B F P"]:
        return targets[..., None, :] * self.target_mask

    def _reach(self, n_steps: int, n_written: int) -> Reach:
        """How strongly each of T steps reads what was written before it."""
        steps = n_written + torch.arange(n_steps, device=self.forget.device)
        ages = steps[:, None] - 1 - torch.arange(n_written + n_steps, device=self.forget.device)
        writes = self.remember * self.forget ** ages.clamp_min(0) * (ages >= 0)
        return Reach(self.forget ** steps[:, None], writes, n_written)

    def _clamp(self, state: TEMState) -> TEMState:
        """Every `chunk` steps, put what has been written into the matrices, clamped, and forget the list."""
        n_written = state.inference_origins.shape[1]
        if n_written < self.config.chunk:
            return state
        decay = self.remember * self.forget ** torch.arange(n_written - 1, -1, -1, device=self.forget.device)
        connected = self.origin_mask.T @ self.target_mask
        nothing = state.inference_origins[:, :0]
        with torch.no_grad():
            inference, generation = (
                F.pad(matrix, (0, 0, 0, matrix.shape[2] - matrix.shape[1]))
                .mul_(self.forget**n_written)
                .baddbmm_(origins.mT, targets * decay[:, None])
                for matrix, origins, targets in (state[3:6], state[6:9])
            )
            generation *= connected  # what is already in it has no other connections
        return state._replace(
            inference_matrix=inference.clamp_(-1, 1),
            inference_origins=nothing,
            inference_targets=nothing,
            generation_matrix=generation.clamp_(-1, 1),
            generation_origins=nothing,
            generation_targets=nothing,
        )


def half_square(difference: Float[Tensor, "*B N"]) -> Float[Tensor, "*B"]:
    """Half the squared length of a vector."""
    return 0.5 * difference.square().sum(dim=-1)


def two_hot_codes(n_observations: int) -> Float[Tensor, "K S"]:
    """A pair of units for each symbol, of as few units as have enough pairs."""
    n_code = 2
    while math.comb(n_code, 2) < n_observations:
        n_code += 1
    pairs = torch.tensor(list(combinations(range(n_code), 2))[:n_observations])
    return F.one_hot(pairs, n_code).sum(dim=1).float()
