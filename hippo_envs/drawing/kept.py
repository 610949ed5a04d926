"""A cache of drawings bounded by bytes, which drops the least recently used."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

Drawn = TypeVar("Drawn")


class Kept:
    """As `functools.lru_cache`, but the size of what is kept is bounded, and not its number.

    Args:
        most: bytes in all; the last one is kept however large it is.
        size_of: bytes of what was made.
    """

    def __init__(self, most: int, size_of: Callable[[Any], int]) -> None:
        self.most, self.size, self._size_of = most, 0, size_of
        self._held: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Drawn]) -> Drawn:
        """What is kept under the key, made if it is not."""
        if key in self._held:
            self._held.move_to_end(key)
            return self._held[key][0]
        made = make()
        size = self._size_of(made)
        self._held[key] = made, size
        self.size += size
        while self.size > self.most and len(self._held) > 1:
            self.size -= self._held.popitem(last=False)[1][1]
        return made


def kept(most: int, size_of: Callable[[Any], int]) -> Callable[[Callable[..., Drawn]], Callable[..., Drawn]]:
    """Keep what a function makes of its arguments."""

    def decorate(function: Callable[..., Drawn]) -> Callable[..., Drawn]:
        made = Kept(most, size_of)

        @wraps(function)
        def looked_up(*arguments: Hashable) -> Drawn:
            return made.get(arguments, lambda: function(*arguments))

        looked_up.kept = made  # pyright: ignore[reportAttributeAccessIssue]
        return looked_up

    return decorate


def surface_bytes(surface: Any) -> int:
    """Of a surface with four bytes a pixel."""
    return 4 * surface.get_width() * surface.get_height()
