"""`guardian resume`; it stands with its counterpart."""

from guardian_console.pause_command import resume

__all__ = ["resume"]
