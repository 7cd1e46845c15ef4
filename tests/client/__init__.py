"""A chat client written against the wire contract alone; the flow and fault tests drive the product with it.

It imports nothing of the product, so that what it needs to know is what the contract says.
"""

from tests.client.chat import ChatClient
from tests.client.http import Api, ApiError
from tests.client.outbox import RefusedError
from tests.client.record import Record

__all__ = ["Api", "ApiError", "ChatClient", "Record", "RefusedError"]
