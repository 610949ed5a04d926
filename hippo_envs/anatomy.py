"""The anatomy of errors: one standard table of accuracy by kind of step."""

from hippo_envs.arrays import Mask
from hippo_envs.scoring import Answers, Counts, count
from hippo_envs.walking.first_visits import NEVER
from hippo_envs.walks import Walks

LENGTH_BINS = ((1, 2), (3, 4), (5, 8), (9, 16), (17, 32), (33, 64), (65, 128), (129, None))


def anatomy_masks(walks: Walks, window: int = 64) -> dict[str, Mask]:
    """The rows of the table, as masks (B, T).

    Rows overlap: a reversal is also a revisit of some age. `loop_closure, length a-b` counts steps since the node was
    last visited, that is around the loop. `window` is how far back working memory is taken to reach.
    """
    inverse = walks.revisit & ~walks.stay & (walks.reverse_edge_age != NEVER)
    rows = {
        "reversal": walks.reversal,
        "inverse edge": inverse,
        "stay": walks.stay,
        "loop closure": walks.loop_closure,
    }
    for first, last in LENGTH_BINS[1:]:
        rows[f"loop closure, length {_span(first, last)}"] = walks.loop_closure & _within(walks, first, last)
    for first, last in LENGTH_BINS:
        rows[f"revisit, age {_span(first, last)}"] = walks.revisit & _within(walks, first, last)
    rows[f"in window of {window}"] = walks.in_window(window)
    rows["out of window, in trial"] = walks.out_of_window(window)
    rows["never in trial"] = walks.never_in_trial
    if walks.worlds.family.conditions.slip:
        rows["slipped"] = walks.slipped & walks.revisit
        rows["loop closure, not slipped"] = walks.unslipped_loop_closure
    if walks.worlds.family.conditions.can_be_dark:
        for first, last in LENGTH_BINS:
            in_the_dark = (walks.dark_steps >= first) & (walks.dark_steps <= (last or walks.walk_length))
            rows[f"revisit, dark for {_span(first, last)}"] = walks.dark_revisit & in_the_dark
            rows[f"loop closure, dark for {_span(first, last)}"] = walks.dark_loop_closure & in_the_dark
    return rows


def error_anatomy(answers: Answers, walks: Walks, window: int = 64) -> dict[str, Counts]:
    """Count the answers on every row of the table, over all steps (one bin)."""
    return {row: count(answers, mask, (walks.walk_length,)) for row, mask in anatomy_masks(walks, window).items()}


def _within(walks: Walks, first: int, last: int | None) -> Mask:
    return (walks.age >= first) & (True if last is None else walks.age <= last)


def _span(first: int, last: int | None) -> str:
    return f"{first}+" if last is None else f"{first}-{last}"
