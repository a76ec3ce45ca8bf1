"""Resolve a controller's live description into a `Deployment`: roles, weights, phase. Pure."""

from guardian.resolve.codedeploy import resolve
from guardian.resolve.description import CodeDeployDescription

__all__ = ["CodeDeployDescription", "resolve"]
