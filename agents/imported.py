"""Agents of your own: any class that keeps the contract of `agents.base`, named package.module:Class."""

import inspect
import math
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .foreign_code import exit_is_an_error, place_of
from .names import check_letters
from .sizes import above_zero

if TYPE_CHECKING:
    from .base import Agent

NEEDED = ("initial_state", "predict", "observe")


@dataclass(frozen=True)
class NoSizes:
    """The config of an agent that has none."""


def is_imported(name: str) -> bool:
    """Whether a name is that of a class to import, and not a row of a table."""
    return ":" in name


def import_agent(name: str) -> "type[Agent[Any]]":
    """The class of that name.

    Raises:
        ValueError: if there is no such module or class, if it is not an agent that can be built, or if its name could
            be taken for another's.
    """
    check_letters(name, "An agent")
    module_name, _, class_name = name.partition(":")
    module = import_named_module(name, "An agent of your own is written package.module:Class")
    from .base import Agent

    agents = [key for key, value in vars(module).items() if _is_agent(value, Agent)]
    found = vars(module).get(class_name)
    if found is None:
        has = f"it has {', '.join(agents)}" if agents else "it has no agent"
        raise ValueError(f"There is no class {class_name!r} in {module_name}: {has}.")
    if not _is_agent(found, Agent):
        raise ValueError(f"{name} is not an agent: make it a subclass of {Agent.__module__}.Agent.")
    missing = [method for method in NEEDED if getattr(found, method) is getattr(Agent, method)]
    if missing:
        raise ValueError(f"{name} is not a complete agent: it lacks {', '.join(missing)}.")
    try:
        inspect.signature(found).bind(1, 1)
    except TypeError as error:
        raise ValueError(f"{name} cannot be built as {class_name}(n_observations, n_actions): {error}.") from None
    above_zero(f"{class_name}.learning_rate", found.learning_rate)
    above_zero(f"{class_name}.max_gradient_norm", found.max_gradient_norm, at_most=math.inf)
    return found


def import_named_module(name: str, written: str) -> ModuleType:
    """The module of package.module:Name.

    Args:
        name: of something in a module.
        written: how such a name is written, the beginning of an error message.

    Raises:
        ValueError: if there is no such module, or from an error of its own, with the line that it is in.
    """
    module_name = name.partition(":")[0]
    if not all(module_name.split(".")):  # an empty or a relative name
        raise ValueError(f"{written}, not {name!r}.")
    with exit_is_an_error():
        try:
            return import_module(module_name)
        except ModuleNotFoundError as error:
            if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
                raise ValueError(_of_its_own(module_name, error)) from error  # it is there, what it imports is not
            raise ValueError(
                f"There is no module {error.name!r}: run from the folder that holds it, or put that folder on "
                "PYTHONPATH."
            ) from None
        except Exception as error:
            raise ValueError(_of_its_own(module_name, error)) from error


def default_config(agent: "type[Agent[Any]]") -> Any:
    """The dataclass that is the default of a third argument of its constructor; `NoSizes` if there is none."""
    parameters = list(inspect.signature(agent).parameters.values())
    default = parameters[2].default if len(parameters) > 2 else None
    return default if is_dataclass(default) else NoSizes()


def _is_agent(value: Any, base: type) -> bool:
    return inspect.isclass(value) and issubclass(value, base) and value is not base


def _of_its_own(module_name: str, error: Exception) -> str:
    said = (str(error).splitlines() or [""])[0]
    return f"{module_name} cannot be imported ({type(error).__name__} at {place_of(error)}): {said}"
