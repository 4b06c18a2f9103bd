"""
Memory a model needs on each GPU, in closed form.

A file of this folder imports only from files above it in this list:

- constants: the calibrated constants, all in one place.
- gpu_memory: the memory of a GPU, with its name and compute capability.
- estimates: MemoryEstimate, the answer.
- network: a network as numbers: shape, weights, adapters, caches, images.
- unmodelled: settings that the formulas ignore.
- classes: error bands and safety margins by kind of network or run.
- training: the estimate for fine-tuning.
- serving: the estimate for serving.
- estimation: the estimate for either task, coarse where the shape is not known.
- fitting: the inverse: what fits on a GPU, and what to change to make a task fit.
"""
