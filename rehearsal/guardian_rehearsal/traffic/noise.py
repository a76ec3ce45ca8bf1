"""Randomness by address: every stream of every minute has its own generator, so any order will do."""

from enum import IntEnum
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from guardian_rehearsal.traffic.profile import Colour

_BLOCK = 1024  # minutes of AR(1) noise made at once; large enough that a rehearsal needs a few
_FORGOTTEN = 1e-6  # weight, relative to the newest, below which an old innovation no longer matters


class Stream(IntEnum):
    """What a generator is for. The numbers are part of the seed: never renumber, only append."""

    VOLUME = 0
    LATENCY = 1
    ERRORS = 2
    CPU = 3
    DATABASE = 4
    PUBLISHING = 5
    VOLUME_COMMON = 6
    LATENCY_COMMON = 7
    PUBLISHING_DATABASE = 8
    PUBLISHING_CONTAINERS = 9


_COLOUR_KEY = {None: 0, Colour.BLUE: 1, Colour.GREEN: 2}


def generator(seed: int, stream: Stream, index: int, colour: Colour | None = None) -> np.random.Generator:
    """Return the generator of one stream in one minute (any sign), the same however often it is asked for."""
    natural = 2 * index if index >= 0 else -2 * index - 1
    key = (int(stream), _COLOUR_KEY[colour], natural)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def common_noise(seed: int, stream: Stream, index: int, memory: float) -> float:
    """Return the AR(1) noise of minute `index`: mean 0, deviation 1, autocorrelation `memory` per minute."""
    block, offset = divmod(index, _BLOCK)
    return float(_autoregression(seed, stream, block, memory)[offset])


@lru_cache(maxsize=256)
def _autoregression(seed: int, stream: Stream, block: int, memory: float) -> npt.NDArray[np.float64]:
    """Return one block, made as the moving average that AR(1) equals, so that blocks join without a seam."""
    reach = min(_BLOCK, _reach(memory))
    innovations = np.concatenate(
        [_innovations(seed, stream, block - 1)[-reach:], _innovations(seed, stream, block)]
    )
    kernel = float(memory) ** np.arange(reach + 1)
    kernel /= np.sqrt(np.sum(kernel**2))
    return np.convolve(innovations, kernel, mode="valid")


def _reach(memory: float) -> int:
    return 1 if memory <= _FORGOTTEN else int(np.ceil(np.log(_FORGOTTEN) / np.log(memory)))


def _innovations(seed: int, stream: Stream, block: int) -> npt.NDArray[np.float64]:
    return generator(seed, stream, block).standard_normal(_BLOCK)
