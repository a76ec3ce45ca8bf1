"""Guardian compares green with blue during a blue/green deployment and puts traffic back when green is worse."""

__version__ = "0.1.0"
