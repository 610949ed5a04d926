"""Sizes of the pattern memories of `agents.k_winner_mhn`, which are read without importing torch."""

from dataclasses import dataclass

from .sizes import Sizes


@dataclass(frozen=True)
class LayerConfig(Sizes):
    """Sizes of a layer of K winners above visible units; the defaults are the main network of the paper.

    Args:
        n_visible: V, units of a pattern.
        n_ones: visible units that are on in a pattern.
        n_hidden: H, hidden units.
        fan_in: the share of visible units that each hidden unit is connected to.
        n_winners: k, hidden units that are on.

    Raises:
        ValueError: if these cannot be, saying what can.
    """

    n_visible: int = 1_000
    n_ones: int = 100
    n_hidden: int = 2_000
    fan_in: float = 0.05
    n_winners: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, most, bound in (
            ("n_visible", None, ""),
            ("n_hidden", None, ""),
            ("n_ones", self.n_visible, "n_visible"),
            ("n_winners", self.n_hidden, "n_hidden"),
        ):
            value = getattr(self, name)
            if value < 1 or (most is not None and value > most):
                limit = "at least 1" if most is None else f"in 1..{most}, which is {bound}"
                raise ValueError(f"{name} must be {limit}, got {value}.")
        n_inputs = self.fan_in * self.n_visible
        if not (0 < self.fan_in <= 1 and round(n_inputs) >= 1 and abs(n_inputs - round(n_inputs)) < 1e-6):
            raise ValueError(
                f"fan_in must be the share of a whole number of inputs, 1/{self.n_visible} to 1, got {self.fan_in}: "
                f"{n_inputs:g} of {self.n_visible} visible units."
            )

    @property
    def n_inputs(self) -> int:
        """F, the visible units that each hidden unit is connected to."""
        return round(self.fan_in * self.n_visible)


@dataclass(frozen=True)
class KWinnerConfig(LayerConfig):
    """Sizes of a K-winner network, and how it learns.

    Args:
        learning_rate: epsilon, how much of the way the weights of a winner move towards a pattern.
        symmetric: whether W' is W; otherwise each has its own initial weights.
    """

    learning_rate: float = 0.3
    symmetric: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.learning_rate <= 1:
            raise ValueError(f"learning_rate must be above 0 and at most 1, got {self.learning_rate}.")
