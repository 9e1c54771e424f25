"""A small client of hutong's REST face, for programs and for asyncio. Standard library only.

What it asks for survives a hub that is away for a moment: posts are repeated under one key, so that they count once,
and events go on behind the last one that was taken.
"""

from .client import AsyncHutong, Hutong
from .wire import HubProblem

__all__ = ["AsyncHutong", "HubProblem", "Hutong"]
