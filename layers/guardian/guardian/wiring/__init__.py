"""Puts adapters behind ports. The only place that reads the environment and that makes clients.

One module for each kind of function, so that none imports what only another one uses; tests/architecture holds what
each may not load.
"""
