"""The table of agents, and the sizes of each, which are read without importing torch.

`claims` and `leaderboard` compare sizes with those of results, and need nothing else of an agent's module. Those of TEM
are in `agents.tem_config`, with its schedules.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from .sizes import Limits, Sizes
from .tem_config import TEMConfig

MODELS = ("baseline", "fixed", "mhn", "qk")  # of the minimal transformer and its relatives


@dataclass(frozen=True, kw_only=True)
class PositionKeysConfig(Sizes):
    """Sizes of the shared parts.

    Args:
        n_units: width of the position code.
        n_modules: parts of the position code with a recurrence of their own; a divisor of `n_units`.
        n_key: width of keys and queries.
        n_sensory: width of values.
        n_hidden: hidden units of the readout.
        drift_penalty: weight of the squared distance between the position code and the one remembered of its node.
        n_actions_before_start: random actions between the learned origin and where a walk starts.
    """

    n_units: int = 192
    n_modules: int = 16
    n_key: int = 64
    n_sensory: int = 64
    n_hidden: int = 128
    drift_penalty: float = 1.0
    n_actions_before_start: int = 8


@dataclass(frozen=True, kw_only=True)
class TEMtConfig(PositionKeysConfig):
    """Sizes of a TEM-t beside those of `PositionKeysConfig`, its optional parts, and the weights of its losses.

    Args:
        activation: nonlinearity in the recurrence of the position code.
        write_gate: keep a memory only if no earlier one has its symbol and a key this similar (cosine); None keeps all.
        landmark_correction: whether memories of an observation correct the position code, which makes it a loop over
            steps: several times slower.
        landmark_attention: how these memories are found: "sum" adds a learned constant to the similarity of those that
            hold the present symbol, "product" multiplies an attention by position and one by symbol, as in the paper.
        inferred_weight: weight of the cross-entropy of predictions from the corrected code; read with correction only.
        weight_penalty: weight of the squared weights of the recurrence.
        position_penalty: weight of the squared position code, before its length is set.
        chunk: steps of backpropagation through time, with an optimiser step after each chunk; None for whole walks.
    """

    activation: Literal["linear", "relu"] = "linear"
    write_gate: float | None = None
    landmark_correction: bool = False
    landmark_attention: Literal["sum", "product"] = "sum"
    inferred_weight: float = 1.0
    weight_penalty: float = 0.0
    position_penalty: float = 0.0
    chunk: int | None = None

    ADDED: ClassVar[frozenset[str]] = frozenset({"landmark_attention"})


@dataclass(frozen=True, kw_only=True)
class TEMtPublishedConfig(Sizes):
    """Sizes of a TEM-t as it was published, and the weights of its losses; the paper gives none of these numbers.

    Args:
        n_units: width of the position code.
        n_key: width of keys and queries.
        n_sensory: width of values.
        n_hidden: hidden units of the readout, and of the networks that say how far to correct the position code.
        activation: nonlinearity in the recurrence of the position code.
        initial: first weights of the recurrence: "orthogonal" ones keep the code as long as it is (permutations, where
            it is rectified), "normal" ones do so on average only.
        same_place: a pair of position and symbol is new, and remembered, unless a memory of this symbol has a key this
            similar (cosine).
        inferred_weight: weight of the cross-entropy of predictions from the corrected code.
        correction_penalty: weight of the squared distance between the corrected and the path-integrated code.
        weight_penalty: weight of the squared weights of the recurrence.
        position_penalty: weight of the squared length of the corrected code, the energy that it takes.
        apart_weight: weight of a loss that keeps codes of different places apart, which the paper does not have: the
            mean of exp(-distance^2 / (2 apart_within^2)) over pairs of steps of a walk that show different symbols.
        apart_within: how close two codes are that this loss pushes apart.
        chunk: steps of backpropagation through time, with an optimiser step after each chunk; None for whole walks.
    """

    n_units: int = 64
    n_key: int = 64
    n_sensory: int = 64
    n_hidden: int = 64
    activation: Literal["linear", "relu"] = "linear"
    initial: Literal["orthogonal", "normal"] = "orthogonal"
    same_place: float = 0.95
    inferred_weight: float = 1.0
    correction_penalty: float = 1.0
    weight_penalty: float = 1e-4
    position_penalty: float = 1e-2
    apart_weight: float = 0.0
    apart_within: float = 0.5
    chunk: int | None = None

    LIMITS: ClassVar[Mapping[str, Limits]] = {"apart_within": (1e-3, 1e3)}


@dataclass(frozen=True, kw_only=True)
class SlotFreeConfig(PositionKeysConfig):
    """Sizes of the memory, beside those of `PositionKeysConfig`.

    Args:
        n_memory_units: H, hidden units of the memory.
        vigilance: similarity (cosine) that empty units compete with: a key that is less similar to every stored key
            takes an empty unit, if there is one.
    """

    n_memory_units: int = 64
    vigilance: float = 0.9


@dataclass(frozen=True)
class NMDATransformerConfig(Sizes):
    """Sizes of an NMDA transformer, its activation, and its position code.

    Args:
        n_units: width of tokens, half of it for the symbol and half for the position; a multiple of `n_heads` and of 2.
        n_layers: blocks of attention and feed-forward.
        n_heads: parts of the width that attend on their own.
        n_hidden: feed-forward units.
        window: past steps that are attended to, an even number.
        activation: nonlinearity of the feed-forward layer, one of `agents.parts.activations.ACTIVATIONS`.
        alpha: strength of the magnesium block of "nmda"; 0 or less is linear.
        unit_slope: multiply the activation by a constant that makes its slope at 0 one; strong inputs then come out
            1 + alpha times as large as without.
        unit_variance: multiply the activation by a constant that makes its outputs vary as much as its inputs before
            training, as those of a linear layer do.
        position: "rotation" sums the moves exactly and shows the sum as phases of waves; "learned" is the paper's
            recurrence, which has to be learnt as well.
        lattice: the lattice whose moves the actions are, for "rotation".
        n_place: units of the learned code, or of the rotation code (a multiple of 4).
        relative_bias: add a learned bias to attention by distance in steps.
        dropout: share of values dropped after attention and feed-forward, in training.
    """

    n_units: int = 64
    n_layers: int = 2
    n_heads: int = 4
    n_hidden: int = 256
    window: int = 64
    activation: str = "nmda"
    alpha: float = 10.0
    unit_slope: bool = False
    position: Literal["rotation", "learned"] = "rotation"
    lattice: Literal["square", "hexagonal"] = "square"
    n_place: int = 32
    relative_bias: bool = False
    dropout: float = 0.0
    unit_variance: bool = False

    ADDED: ClassVar[frozenset[str]] = frozenset({"unit_variance"})
    MAX_GRADIENT_NORM: ClassVar[float] = 0.25
    LIMITS: ClassVar[Mapping[str, Limits]] = {"dropout": (0.0, 1.0)}

    @property
    def given(self) -> str | None:
        return "position" if self.position == "rotation" else None


@dataclass(frozen=True)
class TransformerConfig(Sizes):
    """Sizes of the transformer.

    Args:
        n_units: width of tokens; a multiple of 2 `n_heads`.
        n_layers: blocks of attention and feed-forward.
        n_heads: parts of the width that attend on their own.
        n_hidden: width of the feed-forward layer.
        position: what tells attention where: "none"; "sinusoids" of time, added to tokens; "rope", rotations by time;
            "angles", rotations by the actions so far, as in MapFormer; "matrices", a code that actions multiply, as in
            TEM-t; "given", a control that is told at which node it is.
        n_place: units of the position code of "matrices" and "given".
        n_modules: parts of the code of "matrices" with a recurrence of their own; a divisor of `n_place`.
        n_actions_before_start: random actions between the learned origin of "matrices" and where a walk starts.
    """

    n_units: int = 64
    n_layers: int = 2
    n_heads: int = 4
    n_hidden: int = 128
    position: Literal["none", "sinusoids", "rope", "angles", "matrices", "given"] = "sinusoids"
    n_place: int = 192
    n_modules: int = 16
    n_actions_before_start: int = 8

    ADDED: ClassVar[frozenset[str]] = frozenset({"position", "n_place", "n_modules", "n_actions_before_start"})

    @property
    def given(self) -> str | None:
        return "position" if self.position == "given" else None


@dataclass(frozen=True)
class MapFormerConfig(Sizes):
    """Sizes of a MapFormer, and how it compares places.

    Args:
        n_units: width of tokens; a multiple of 2 `n_heads`.
        n_heads: parts of the width that attend on their own.
        n_hidden: width of the feed-forward layer.
        n_dimensions: numbers that a movement is made of, one for each dimension of space.
        longest: steps in which the slowest plane turns once, at first; about the side of the world.
        memory: "working" rotates queries and keys by the place (WM); "episodic" multiplies a similarity of content by
            one of places (EM).
    """

    n_units: int = 64
    n_heads: int = 2
    n_hidden: int = 128
    n_dimensions: int = 2
    longest: float = 32.0
    memory: Literal["working", "episodic"] = "working"


@dataclass(frozen=True)
class LSTMConfig(Sizes):
    """Sizes of the LSTM.

    Args:
        n_sensory: width of the embedded inputs.
        n_units: width of the hidden and cell states.
    """

    n_sensory: int = 64
    n_units: int = 128


@dataclass(frozen=True)
class MHNTransformerConfig(Sizes):
    """Which model, and its sizes; the defaults are QK with input projections, as in the paper.

    Args:
        model: "baseline", "fixed", "mhn" or "qk": how W_K learns, and whether there are slots.
        n_key: d_k, width of keys and queries.
        n_hidden: H, hidden units of the memory; the baseline has a slot for each letter shown instead.
        inverse_temperature: beta.
        gradient_inverse_temperature: beta in the gradient of the baseline; None for beta, which is exact.
        projection_strength: weight of the input projections; 0 for none.
        recruitment: how a letter finds its hidden unit: by "key", or by "item" alone, which never collides.
        key_rate: learning rate of W_K, as a multiple of that of W_Q and W_V.
        key_scale: the first W_Q and W_K have standard deviation key_scale / sqrt(n_key).
    """

    model: str = "qk"
    n_key: int = 50
    n_hidden: int = 16
    inverse_temperature: float = 1.0
    gradient_inverse_temperature: float | None = None
    projection_strength: float = 1.0
    recruitment: str = "key"
    key_rate: float = 0.02
    key_scale: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.model not in MODELS:
            raise ValueError(f"There is no model {self.model!r}: use one of {', '.join(MODELS)}.")
        if self.gradient_inverse_temperature is not None and self.model != "baseline":
            raise ValueError(
                "Only the baseline was trained with a gradient of another temperature: leave out "
                f"gradient_inverse_temperature, got {self.gradient_inverse_temperature} for {self.model!r}."
            )
        if self.recruitment not in ("key", "item"):
            raise ValueError(f"Recruitment is by key or by item, got {self.recruitment!r}.")
        for name in ("n_key", "n_hidden"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}.")
        for name in ("projection_strength", "key_rate"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be at least 0, got {getattr(self, name)}.")

    @property
    def projected(self) -> bool:
        """Whether first keys are zero, as they are where items have a say."""
        return self.projection_strength > 0 or self.recruitment == "item"

    def check(self, n_letters: int) -> None:
        """A ValueError says how many hidden units so many letters need, if there are not as many."""
        if self.model == "baseline":
            return
        if self.recruitment == "item" and self.n_hidden != n_letters and self.n_hidden < 2 * n_letters:
            raise ValueError(
                f"Recruitment by item needs n_hidden of {n_letters}, one for each letter, or of at least "
                f"{2 * n_letters}, one for each letter in either case, got {self.n_hidden}."
            )
        if self.recruitment == "key" and self.projected and self.n_hidden < 2 * n_letters:
            raise ValueError(
                f"Input projections need n_hidden of at least {2 * n_letters}, one for each of {n_letters} letters in "
                f"either case, got {self.n_hidden}."
            )


@dataclass(frozen=True)
class GatedDeltaNetConfig(Sizes):
    """Sizes of a Gated DeltaNet, and what its memory can do in a step.

    Args:
        n_units: width of tokens; a multiple of `n_heads`.
        n_layers: delta rule and feed-forward, one after the other.
        n_heads: parts of the width with a memory of their own.
        n_hidden: width of the feed-forward layer.
        negative_eigenvalues: whether a step may turn around what a key holds (eigenvalues from -1 to 1) or only reduce
            it (from 0 to 1).
        fastest_decay: A is at first uniform between 0 and this.
        chunk: steps that are read at once; it changes no number but for rounding.
    """

    n_units: int = 64
    n_layers: int = 2
    n_heads: int = 2
    n_hidden: int = 128
    negative_eigenvalues: bool = True
    fastest_decay: float = 1.0
    chunk: int = 32

    LIMITS: ClassVar[Mapping[str, Limits]] = {"fastest_decay": (1e-2, 1e3)}


@dataclass(frozen=True)
class CSCGConfig(Sizes):
    """Sizes of a clone-structured cognitive graph, and how it is learnt.

    Args:
        n_clones: hidden states of each symbol; to hold maps it needs one for each node that shows the symbol, and some
            more to begin with.
        pseudocount: added to every expected count of a transition.
        concentration: shape of the Gamma distribution of first counts; the smaller, the more unequal.
        updates_per_m_step: batches that are counted before transitions are made of the counts.
        m_steps_from_scratch: how many of the first M-steps keep nothing of the counts before.
        kept_share: share of earlier counts that later M-steps keep.
    """

    n_clones: int = 10
    pseudocount: float = 1e-4
    concentration: float = 0.1
    updates_per_m_step: int = 20
    m_steps_from_scratch: int = 3
    kept_share: float = 0.3

    LIMITS: ClassVar[Mapping[str, Limits]] = {
        "pseudocount": (1e-12, 1e3),
        "concentration": (1e-3, 1e3),
        "m_steps_from_scratch": (0.0, 1e9),
        "kept_share": (0.0, 1.0),
    }


class Entry(NamedTuple):
    """Where in this package the class of an agent is, and the dataclass of its sizes.

    `n_parameters` has its page, for which torch would have to be imported: with default sizes, 45 symbols and 5
    actions. A test counts them.
    """

    module: str
    agent: str
    config: type[Sizes]
    n_parameters: int | None = None


AGENTS = {
    "tem": Entry(".tem", "TEM", TEMConfig, 327_394),
    "tem-t": Entry(".tem_t", "TEMt", TEMtConfig, 41_007),
    "tem-t-published": Entry(".tem_t_published", "TEMtPublished", TEMtPublishedConfig, 55_341),
    "nmda": Entry(".nmda_transformer", "NMDATransformer", NMDATransformerConfig, 104_320),
    "slot-free": Entry(".slot_free", "SlotFree", SlotFreeConfig, 41_007),
    "mapformer": Entry(".mapformer", "MapFormer", MapFormerConfig, 39_757),
    "gated-deltanet": Entry(".gated_deltanet", "GatedDeltaNet", GatedDeltaNetConfig, 98_741),
    "cscg": Entry(".cscg", "CSCG", CSCGConfig, 1_012_500),
    "transformer": Entry(".transformer", "Transformer", TransformerConfig, 72_749),
    "lstm": Entry(".lstm", "LSTM", LSTMConfig, 108_333),
}
# What reads the tokens of one task, and would not know others.
OF_ONE_TASK = {"mhn-transformer": Entry(".mhn_transformer", "MHNTransformer", MHNTransformerConfig)}
