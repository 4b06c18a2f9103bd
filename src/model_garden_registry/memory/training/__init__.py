"""
The estimate for fine-tuning: all weights, LoRA, or QLoRA.

A file of this wing imports only from files above it in this list:

- runtime: what a training process does beside what settings say.
- optimizers: bytes of optimizer state, by optimizer.
- activations: bytes that a training step keeps.
- sharding: what of each part lies on one GPU.
- holdings: what lies on a GPU during a whole training run.
- moments: the moments of a training step that can be its peak.
- training_estimate: the estimate.
"""
