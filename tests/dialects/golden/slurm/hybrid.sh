#!/bin/bash
# start it with: sbatch FILE
# first, where the nodes find it: uv venv --python 3.12 ~/vllm-0.33.0 && uv pip install --python ~/vllm-0.33.0 vllm==0.33.0
# the first node that squeue shows for it answers at port 8000
# passes on 1 of each of: Jetson AGX Orin 32GB, RTX 5090, RTX 5090 D, RTX PRO 4500 Blackwell, RTX 5000 Ada, A100 SXM4 40GB, A100 PCIe 40GB, A800 SXM4 40GB, A800 PCIe 40GB, A40, L20, L40, and 38 more that mgr plan lists
#SBATCH --job-name=nvidia-nvidia-nemotron-nano-9b-v2
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gres=gpu:1

set -eu
source ~/vllm-0.33.0/bin/activate
srun vllm serve nvidia/NVIDIA-Nemotron-Nano-9B-v2 \
  --max-model-len 131072 \
  --dtype auto \
  --gpu-memory-utilization 0.9 \
  --tensor-parallel-size 1 \
  --host 0.0.0.0 \
  --port 8000
