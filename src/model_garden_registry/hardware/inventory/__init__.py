"""
Inventories: the nodes of a cluster with their hardware.

A file of this folder imports only from files above it in this list:

- errors: errors of inventories and of captured output.
- inventories: nodes and pools, as values.
- documents: inventories to a document, and back.
"""
