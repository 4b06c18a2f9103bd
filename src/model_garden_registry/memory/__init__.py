"""
How many bytes a model needs on each GPU, in closed form.

A file of this wing imports only from files above it in this list:

- constants: the calibrated constants, all in one place.
- gpu_memory: the memory of a GPU, and what else is known of it.
- estimates: MemoryEstimate, the answer.
- network: a network in numbers: shape, weights, adapters, caches, images.
- unmodelled: settings that no formula follows.
- classes: how far off an estimate of a kind of network or run may be.
- training: the estimate for fine-tuning.
- serving: the estimate for serving.
- estimation: the estimate for either task, coarse where the shape is not known.
- fitting: the inverse: what fits on a GPU, and what to change so that it does.
"""
