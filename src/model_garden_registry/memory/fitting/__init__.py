"""
The inverse of the estimate: what fits on a GPU, and what to change so that it does.

A file of this wing imports only from files above it in this list:

- budgets: what an estimate may fill of a GPU.
- gpu_sizes: the smallest GPU that is enough, and what requirements state by that.
- solver: the largest batch, length, rank that fits, the fewest GPUs.
- levers: what can be changed so that a GPU is enough.
- serving_levers: what can be changed of serving.
- offered_losses: which losses a training stack offers, and what each of them needs.
- training_levers: what can be changed of training.
- remedies: the smallest changes with which a GPU is enough.
"""
