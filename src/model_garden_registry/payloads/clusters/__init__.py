"""
Answers about clusters as JSON documents.

A file of this folder imports only from files above it in this list:

- placements: which models go on which nodes.
"""
