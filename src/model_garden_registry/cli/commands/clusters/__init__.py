"""
Clusters: ``mgr inventory …``.

A file of this folder imports only from files above it in this list:

- from_output: what cluster managers print.
- merge: several inventories and snapshots as one.
- probe: the nodes of a running cluster.
- show: an inventory as a table.
- place: which models go on which nodes.
- inventory: the group, which imports a command when it is used.
"""
