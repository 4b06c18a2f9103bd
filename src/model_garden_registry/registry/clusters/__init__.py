"""
Questions about the machines of a cluster.

A file of this folder imports only from files above it in this list:

- placing: models looked up, and placed on the nodes of an inventory.
- jobs: the jobs of a placement, as files of a platform.
- pooling: models judged in the pools of an inventory.
- cluster_verbs: the verbs on clusters, inherited by ModelRegistry.
"""
