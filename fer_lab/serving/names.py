"""Names that the command and the service share; nothing else is imported for them."""

from __future__ import annotations

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Where this machine alone asks; the first one is where a service listens unless it is told otherwise."""
TOKEN = "FER_LAB_TOKEN"
"""Of the environment: the token that requests show. No command line holds it, which everybody on a machine sees."""
