#!/bin/bash
# start it with: sbatch FILE
# first, where the nodes find it: uv venv --python 3.12 ~/vllm-0.33.0 && uv pip install --python ~/vllm-0.33.0 vllm==0.33.0
# the first node that squeue shows for it answers at port 8000
# passes on 1 of each of: A10, A10G, L4, Quadro RTX 6000, RTX 5090 D V2, RTX PRO 4000 Blackwell, RTX PRO 4000 Blackwell SFF, RTX 3090 Ti, RTX 4090, RTX 4090 D, RTX A5000, RTX A5500, and 54 more that mgr plan lists
#SBATCH --job-name=qwen-qwen3-8b
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gres=gpu:1

set -eu
source ~/vllm-0.33.0/bin/activate
srun vllm serve Qwen/Qwen3-8B \
  --max-model-len 8192 \
  --dtype auto \
  --gpu-memory-utilization 0.9 \
  --tensor-parallel-size 1 \
  --override-generation-config '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}' \
  --enable-auto-tool-choice \
  --tool-call-parser hermes \
  --reasoning-parser qwen3 \
  --host 0.0.0.0 \
  --port 8000
