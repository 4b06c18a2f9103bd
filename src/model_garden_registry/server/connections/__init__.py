"""
Limits on connections: number, time, size.

A file of this folder imports only from files above it in this list:

- bounded_protocol: HTTP on one connection.
- prepared_protocol: the same with prepared replies, which need no task.
- gate: a limit on the number of connections.
- loop: an event loop whose servers have a gate.
"""
