"""Docstrings of environments: a section that several share is written once, in their base class."""

import inspect
import re

TITLES = (
    "Description",
    "Action Space",
    "Observation Space",
    "Rewards",
    "Starting State",
    "Episode End",
    "Information",
    "Arguments",
    "Vectorized environment",
    "Scoring",
    "Reference scores",
    "References",
    "Version History",
)
_TITLE = re.compile(r"^## (.+)\n", flags=re.MULTILINE)
_INHERITED = re.compile(r"^\.\.\.$", flags=re.MULTILINE)


def with_shared_sections(doc: str, base_doc: str) -> str:
    r"""A docstring in sections, with those that it leaves out taken from that of its base class.

    A line of three dots stands for what the base class says in the same section. A docstring without sections stays as
    it is.

    >>> base = "A base.\n\n## Rewards\nAlways 0.\n\n## Scoring\nAccuracy."
    >>> print(with_shared_sections("A task.\n\n## Rewards\n...\nThe reward is a symbol.", base))
    A task.
    <BLANKLINE>
    ## Rewards
    Always 0.
    The reward is a symbol.
    <BLANKLINE>
    ## Scoring
    Accuracy.
    """
    head, sections = _split(doc)
    _, shared = _split(base_doc)
    if not sections:
        return doc
    for title, text in shared.items():
        sections[title] = _INHERITED.sub(lambda _, text=text: text, sections.get(title, "..."))
    return "\n\n".join([head, *(f"## {title}\n{sections[title]}" for title in sorted(sections, key=_place))])


def _place(title: str) -> int:
    """Sections of one's own come last."""
    return TITLES.index(title) if title in TITLES else len(TITLES)


def _split(doc: str) -> tuple[str, dict[str, str]]:
    """What comes before the first section, and the sections by title."""
    head, *rest = _TITLE.split(inspect.cleandoc(doc))
    return head.strip(), {title: text.strip() for title, text in zip(rest[::2], rest[1::2], strict=True)}
