"""
How many bytes a model needs on each GPU, in closed form.

A file of this wing imports only from files above it in this list:

- constants: the calibrated constants, all in one place.
- estimates: MemoryEstimate, the answer.
- families: what the code of a model family does.
- shape: the numbers of a network that the formulas need, all present.
- weight_formats: bits of a weight, by number format.
- optimizers: bytes of optimizer state, by optimizer.
- runtimes: what a process does beside what settings say.
- weights: bytes of the weights.
- kv_cache: bytes of the key and value cache.
- adapters: which layers get an adapter, and how large it is.
- activations: bytes that a training step keeps.
- images: tokens of an image, and what encoding it takes.
- sharding: what of each part lies on one GPU.
- holdings: what lies on a GPU during a whole training run.
- moments: the moments of a training step that can be its peak.
- engines: what each serving engine needs beside weights and cache.
- inference: the estimate for serving.
- training: the estimate for fine-tuning.
- estimation: the estimate for either task, coarse where the shape is not known.
- budgets: what of a card counts as there, and the smallest card that is enough.
- solver: the inverse: the largest batch, length, rank that a card has room for, the fewest cards.
- levers: what can be changed so that a card is enough.
- remedies: the smallest changes with which a card is enough.
"""
