"""Measurements of Guardian; never deployed."""
