"""An emulated AWS: moto's server on a loopback port, plus what moto lacks.

The extensions are written as moto writes its own services (`models.py`, `responses.py`, `exceptions.py`), read the
time with `moto.core.utils.utcnow` and know nothing of Guardian, so that each could be sent upstream.
"""
