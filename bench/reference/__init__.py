"""The bare pipeline that the product is compared with: socket, produce, consume, insert, produce, push; no rules.

It keeps so much of the wire contract that the same driver can load it: `ready`, `send-message`, `message-ack` and
`new-message`. It checks no rights, knows no sessions, no Redis and no failures, and counts each conversation's
messages in the memory of its one worker.
"""
