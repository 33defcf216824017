"""Mirrors a Credly Workforce organization: who works there, which badges and skills they hold."""

from workforce_source import load, workforce

__all__ = ["load", "workforce"]
