"""Sizes that make no sense are refused where an agent is built, by name, and not where they first do harm."""


def at_least(config: object, least: int, *names: str) -> None:
    """A `ValueError` names the first of these fields that is smaller."""
    for name in names:
        if getattr(config, name) < least:
            raise ValueError(f"{name} must be at least {least}, got {getattr(config, name)}.")
