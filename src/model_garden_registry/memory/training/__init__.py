"""
The estimate for fine-tuning: all weights, LoRA, or QLoRA.

A file of this wing imports only from files above it in this list:

- runtime: what a training process does beside what settings say.
- precision: in which types a run keeps its numbers.
- optimizers: bytes of optimizer state, by optimizer.
- step: what one training step is, in numbers.
- base_model: what of a model is loaded, what is trained beside adapters, and what stays frozen.
- activations: bytes that a training step saves for its backward pass, and its transient tensors.
- tower: bytes of a step's images in the vision tower.
- losses: bytes of the logits and of what the loss makes of them.
- several_gpus: what of a run is on one of several GPUs.
- holdings: what is on a GPU during a whole training run.
- run: a training run on one GPU, and the moments that can be its peak.
- assumptions: what an estimate takes for granted, in sentences.
- training_estimate: the estimate.
"""
