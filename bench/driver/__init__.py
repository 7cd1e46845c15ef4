"""The load driver: a process of its own that speaks the wire contract over WebSockets and checks everything it gets."""
