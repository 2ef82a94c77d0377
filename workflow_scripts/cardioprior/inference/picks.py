"""From probabilities a frame to one ES and one ED frame (thesis, section 7.3.5)."""

from __future__ import annotations

import numpy as np

THRESHOLD = 0.9


def naive_pick(probabilities: np.ndarray) -> int:
    """The most probable frame; probabilities: (frames,) of one class."""
    return int(probabilities.argmax())


def central_pick(probabilities: np.ndarray) -> int:
    """The middle of the frames above 0.9, on the cycle; the most probable frame if there is none.

    The text does not say what happens where the frames lie on both sides of the cycle's end: the cycle is cut at its
    longest stretch without such a frame and the middle one of those in between is taken, the first of two.
    """
    above = np.flatnonzero(probabilities > THRESHOLD)
    if not len(above):
        return naive_pick(probabilities)
    frames = len(probabilities)
    gaps = np.diff(np.append(above, above[0] + frames))
    start = (int(gaps.argmax()) + 1) % len(above)
    unrolled = np.concatenate([above[start:], above[:start] + frames])
    return int(unrolled[(len(unrolled) - 1) // 2]) % frames


PICKS = {"naive": naive_pick, "central": central_pick}
