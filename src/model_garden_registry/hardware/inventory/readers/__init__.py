"""
Readers of what cluster managers print: each from plain values or a text to nodes.

A file of this folder imports only from files above it in this list:

- values: values of captured documents: numbers, quantities, labels.
- gres: GPUs in Slurm's words.
- slurm_text: what ``scontrol`` prints as text.
- slurm: Slurm's nodes.
- kubernetes_gpus: GPUs of a Kubernetes node, from its labels and resources.
- kubernetes: Kubernetes' nodes.
- dra: Kubernetes' ResourceSlices.
- ray: Ray's nodes.
"""
