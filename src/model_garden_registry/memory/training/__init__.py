"""
The estimate for fine-tuning: all weights, LoRA, or QLoRA.

A file of this folder imports only from files above it in this list:

- runtime: process behaviour that settings do not state.
- precision: the number types of a run.
- optimizers: bytes of optimizer state, by optimizer.
- step: one training step, as numbers.
- base_model: what is loaded, what is trained beside adapters, and what stays frozen.
- activations: saved activations of a training step, and its transient tensors.
- tower: bytes of a step's images in the vision tower.
- losses: bytes of the logits and of the loss computation.
- several_gpus: the share of a run on one of several GPUs.
- holdings: what is on a GPU during the whole run.
- run: a training run on one GPU, and the moments that can be its peak.
- assumptions: the assumptions of an estimate, in sentences.
- training_estimate: the estimate.
"""
