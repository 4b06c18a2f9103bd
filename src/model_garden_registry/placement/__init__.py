"""
Which models go on which nodes of a cluster: the split of a replica is that of its verdict on such a node.

A file of this folder imports only from files above it in this list:

- packing: models to pack and nodes to pack them on, as whole numbers; a packing and its score.
- filling: nodes filled with replicas, in groups of nodes that have the same on them.
- first_fit: packing by first-fit decreasing.
- sizes: which numbers of replicas of each size fit on equal nodes.
- cpsat: packing by OR-Tools' CP-SAT.
- kinds: nodes of an inventory that are judged alike.
- needs: what a replica needs on a kind of node, by its verdict there.
- placements: a placement, as values.
- laying: what a packing puts on the nodes of each entry of an inventory.
- options: what each kind of node is to a model.
- placing: the whole: kinds, verdicts, packing, and what is left.
"""
