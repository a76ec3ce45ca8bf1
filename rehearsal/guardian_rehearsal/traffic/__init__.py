"""Seeded models of a service under a blue/green shift, minute by minute, and of what CloudWatch shows of it.

Pure: no AWS calls, no clock. `Traffic.minute` gives the truth of one minute; `publications` gives what the
services put into CloudWatch about it, and when. Minute 0 is the first minute in which green has weight;
negative minutes are history.
"""

from guardian_rehearsal.traffic.faults import (
    ConnectionLeak,
    CpuFactor,
    DeadGreen,
    ErrorRate,
    Fault,
    LatencyFactor,
    LatencyRamp,
    LostTraffic,
    SharedIncident,
    SingleErrors,
    SlowTail,
)
from guardian_rehearsal.traffic.latency import Histogram
from guardian_rehearsal.traffic.minute import ColourMinute, Minute, Traffic
from guardian_rehearsal.traffic.profile import BOTH, Colour, Profile
from guardian_rehearsal.traffic.publish import Dimensions, Publication, publications
from guardian_rehearsal.traffic.weights import Weights

__all__ = [
    "BOTH",
    "Colour",
    "ColourMinute",
    "ConnectionLeak",
    "CpuFactor",
    "DeadGreen",
    "Dimensions",
    "ErrorRate",
    "Fault",
    "Histogram",
    "LatencyFactor",
    "LatencyRamp",
    "LostTraffic",
    "Minute",
    "Profile",
    "Publication",
    "SharedIncident",
    "SingleErrors",
    "SlowTail",
    "Traffic",
    "Weights",
    "publications",
]
