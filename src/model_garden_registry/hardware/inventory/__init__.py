"""
Inventories: the nodes of a cluster with their hardware.

A file of this folder imports only from files above it in this list:

- errors: errors of inventories and of captured output.
- offers: the words in which a job asks for GPUs.
- inventories: nodes and pools, as values.
- documents: inventories to a document, and back.
- declared: GPUs from what a cluster says of them.
- node_names: names of many nodes as one text.
- grouping: identical nodes once.
- readers: what cluster managers print.
- reading: the readers by program.
- merging: several inventories as one.
- probing: the nodes of a running Ray cluster.
"""
