"""How far a predicted frame (ED or ES) is from the true one.

Frames count from 0 and may be fractions of a frame (the middle of an interval). Thesis, chapter 7, table 7.1: its
distances do not wrap, so that the last frame is far from the first although the heart is in nearly the same state; the
wrapped distance goes beside it.
"""

from __future__ import annotations


def frame_difference(predicted: float, true: float) -> float:
    """Distance in frames, never negative, along the cine as stored: it does not wrap."""
    return float(abs(predicted - true))


def relative_frame_difference(predicted: float, true: float, cycle_length: int) -> float:
    """`frame_difference` in parts of a cycle of `cycle_length` frames, from 0 to below 1: it does not wrap.

    ValueError where a frame is not in the cycle.
    """
    _check_in_cycle(predicted, true, cycle_length)
    return frame_difference(predicted, true) / cycle_length


def cyclic_frame_difference(predicted: float, true: float, cycle_length: int) -> float:
    """Distance in frames the shorter way round a cycle of `cycle_length` frames: at most half a cycle.

    ValueError where a frame is not in the cycle.
    """
    _check_in_cycle(predicted, true, cycle_length)
    distance = frame_difference(predicted, true)
    return min(distance, cycle_length - distance)


def _check_in_cycle(predicted: float, true: float, cycle_length: int) -> None:
    for name, frame in (("predicted", predicted), ("true", true)):
        if not 0 <= frame < cycle_length:
            raise ValueError(f"{name} frame: found {frame}; wanted 0 or more and below the cycle's {cycle_length}")
