"""
The inverse of the estimate: what fits on a GPU, and what to change to make a task fit.

A file of this folder imports only from files above it in this list:

- budgets: how much of a GPU an estimate may fill.
- gpu_sizes: the smallest GPU that is enough, and the requirements of an entry.
- solver: the largest batch, length or rank that fits, the fewest GPUs.
- levers: settings that can be changed so that a GPU is enough.
- serving_levers: the levers of serving.
- offered_losses: which losses a training stack offers, and what each of them needs.
- training_levers: the levers of training.
- remedies: the smallest changes that make a GPU enough.
"""
