"""The public names of workforce_source; nothing is computed here, and nothing else is public."""

__version__ = "0.1.0"
__all__ = ["__version__"]
