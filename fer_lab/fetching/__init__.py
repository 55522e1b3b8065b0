"""Images from the Internet, politely and safely: each URL of a list ends in one class, and is fetched once.

What needs no network stands here; ``fetching.download`` imports the client.
"""

from fer_lab.fetching.urls import file_name, unfit, url_of

__all__ = ["file_name", "unfit", "url_of"]
