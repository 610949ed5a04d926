"""What stands under the picture of a world in which symbols are predicted."""

from hippo_envs.drawing.scene import Caption


def caption(predicted: int | None, came: int, next_action: str) -> str:
    """A line under the picture of a world.

    >>> caption(3, 7, "east")
    'predicted 3, came 7, next east'
    """
    prediction = "" if predicted is None else f"predicted {predicted}, "
    return f"{prediction}came {came}, next {next_action}"


def glyph_caption(predicted: int | None, came: int, next_action: str) -> Caption:
    """The same with symbols as they are drawn.

    >>> glyph_caption(3, 7, "east")
    ('predicted', 3, 'came', 7, 'next: east')
    """
    prediction: Caption = () if predicted is None else ("predicted", int(predicted))
    return (*prediction, "came", int(came), f"next: {next_action}")
