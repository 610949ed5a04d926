"""Frames into a file: an animated GIF, an mp4 film, or one PNG."""

import io
import os
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.records.files import write_whole
from hippo_envs.drawing.rendering import Frame

SUFFIXES = (".gif", ".mp4", ".png")
N_COLOURS = 64
N_SAMPLED = 16  # frames whose colours make the palette
LAST_FRAME = 4  # times as long as the others, before a GIF begins again


def checked_path(path: Path) -> Path:
    """The path; a ValueError says which kinds of file can be made, or that its folder is none."""
    if path.suffix.lower() not in SUFFIXES:
        raise ValueError(f"A recording is a file that ends in {', '.join(SUFFIXES)}, got {str(path)!r}.")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: name a file in it.")
    return path


def record(path: Path, frames: Iterable[Frame], fps: float, n_colours: int = N_COLOURS) -> None:
    """Write frames (height, width, 3), all of one size, whole or not at all; a PNG holds the last of them.

    Args:
        path: ends in .gif, .mp4 or .png.
        frames: at least one; each may be overwritten by the next.
        fps: frames a second.
        n_colours: at most, of a GIF.

    Raises:
        ValueError: if a package is missing.
    """
    kind = checked_path(path).suffix.lower()
    try:
        if kind == ".gif":
            write_whole(path, gif_of([frame.copy() for frame in frames], fps, n_colours))
        elif kind == ".png":
            *_, last = frames
            write_whole(path, png_of(last))
        else:
            _write_film(path, frames, fps)
    except ImportError as error:
        raise ValueError('Recording needs imageio and pillow: pip install "imageio[pyav]" pillow.') from error


def png_of(frame: Frame) -> bytes:
    """A PNG file."""
    from PIL import Image

    content = io.BytesIO()
    Image.fromarray(frame).save(content, "PNG", optimize=True)
    return content.getvalue()


def gif_of(frames: list[Frame], fps: float, n_colours: int = N_COLOURS) -> bytes:
    """A GIF file: one palette, no dithering, and what has not changed is transparent, so that it takes no room."""
    from PIL import Image

    palette = palette_of(frames, n_colours)
    images, before = [], None
    for frame in frames:
        indices = _nearest(frame, palette)
        shown = indices if before is None else np.where(indices == before, len(palette), indices)
        images.append(Image.fromarray(shown.astype(np.uint8)))
        images[-1].putpalette(palette.tobytes())
        before = indices
    duration = round(1000 / fps)
    durations = [duration] * (len(images) - 1) + [LAST_FRAME * duration]
    how = {"loop": 0, "optimize": False, "disposal": 1, "transparency": len(palette)}
    content = io.BytesIO()
    images[0].save(content, "GIF", save_all=True, append_images=images[1:], duration=durations, **how)
    return content.getvalue()


def palette_of(frames: list[Frame], n_colours: int) -> NDArray[np.uint8]:
    """At most so many colours (n, 3): always the one next that is worst served so far, by how much of it there is."""
    chosen = np.linspace(0, len(frames) - 1, min(len(frames), N_SAMPLED)).round().astype(int)
    packed, counts = np.unique(np.concatenate([_packed(frames[i]) for i in chosen]), return_counts=True)
    colours, weights = _unpacked(packed), np.sqrt(counts)
    error = np.full(len(colours), np.inf)
    palette: list[int] = []
    while len(palette) < min(n_colours, len(colours)):
        palette.append(int((weights * error).argmax() if palette else counts.argmax()))
        error = np.minimum(error, ((colours - colours[palette[-1]]) ** 2).sum(axis=1))
    return colours[palette].astype(np.uint8)


def _nearest(frame: Frame, palette: NDArray[np.uint8]) -> NDArray[np.int64]:
    """For each pixel the number of the colour that is most like its own, (height, width)."""
    packed, where = np.unique(_packed(frame), return_inverse=True)
    apart = ((_unpacked(packed)[:, None] - palette.astype(np.float64)) ** 2).sum(axis=2)
    return apart.argmin(axis=1)[where].reshape(frame.shape[:2])


def _packed(frame: Frame) -> NDArray[np.uint32]:
    """Each pixel as one number."""
    red, green, blue = frame.reshape(-1, 3).astype(np.uint32).T
    return (red << 16 | green << 8 | blue).astype(np.uint32)


def _unpacked(packed: NDArray[np.uint32]) -> NDArray[np.float64]:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=1).astype(np.float64)


def _write_film(path: Path, frames: Iterable[Frame], fps: float) -> None:
    import imageio.v3 as imageio

    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}.mp4")
    try:
        with imageio.imopen(temporary, "w", plugin="pyav") as film:
            film.init_video_stream("libx264", fps=fps)
            for frame in frames:
                # Films want sides that are even.
                film.write_frame(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2])
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
