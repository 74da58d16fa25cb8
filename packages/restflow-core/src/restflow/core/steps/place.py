"""Where the running code stands."""

from __future__ import annotations

import asyncio


def on_loop() -> bool:
    """Tell whether this thread is running an event loop right now: nothing here may block."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
