"""Noise that both colours share."""

import numpy as np
import pytest

from guardian_rehearsal.traffic.noise import Stream, common_noise


@pytest.mark.parametrize("memory", [0, 0.5, 0.8, 0.95])
def test_common_noise_is_autoregressive_across_block_borders(memory: float) -> None:
    """Over many blocks, either side of zero, it has deviation 1 and the autocorrelation of its memory."""
    noise = [common_noise(1, Stream.LATENCY_COMMON, index, memory) for index in range(-10_000, 10_000)]
    assert np.std(noise) == pytest.approx(1.0, abs=0.1)
    for lag in (1, 3):
        assert np.corrcoef(noise[:-lag], noise[lag:])[0, 1] == pytest.approx(memory**lag, abs=0.05)
    steps = np.diff(noise[10_000 - 1024 * 3 - 2 : 10_000 + 1024 * 3 + 2])
    assert np.max(np.abs(steps)) < 6 * np.sqrt(2 * (1 - memory))
