"""
Connections: how many there are, and how long and how much each may take.

A file of this wing imports only from files above it in this list:

- bounded_protocol: HTTP on one connection.
- gate: as many connections as there is room for.
- loop: an event loop whose servers have a gate.
"""
