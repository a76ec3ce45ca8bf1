"""ECS base URL and path, as in moto."""

from moto.ecs.urls import url_bases, url_paths

__all__ = ["url_bases", "url_paths"]
