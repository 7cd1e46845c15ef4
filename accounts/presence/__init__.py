"""Presence: which gateways hold a user's sockets now (`user_session` in Redis), as gateways write and workers read it.

Redis may lose all of this at any moment. Each shard carries an epoch; a gateway states in its own key under which epoch
it has written its users, and who reads treats a gateway without that statement as one that may hold everybody. So a
flush costs extra pushes for a second or two, and no push is lost.
"""

from accounts.presence.directory import REFRESH_S, Directory, list_online
from accounts.presence.keys import check_gateway_id
from accounts.presence.writer import Change, PresenceWriter

__all__ = ["REFRESH_S", "Change", "Directory", "PresenceWriter", "check_gateway_id", "list_online"]
