"""
Clusters as text.

A file of this folder imports only from files above it in this list:

- inventories: the nodes of an inventory, by pool.
- placements: which models go on which nodes.
"""
