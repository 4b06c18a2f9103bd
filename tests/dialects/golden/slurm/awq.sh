#!/bin/bash
# start it with: sbatch FILE
# first, where the nodes find it: uv venv --python 3.12 ~/vllm-0.33.0 && uv pip install --python ~/vllm-0.33.0 vllm==0.33.0
# the first node that squeue shows for it answers at port 8000
# passes on 1 of each of: RTX 3080 10GB, RTX 2080 Ti, RTX 5070, RTX 4070, RTX 4070 SUPER, RTX 4070 Ti, RTX A2000 12GB, RTX 2060 12GB, RTX 3060, RTX 3080 12GB, RTX 3080 Ti, Jetson Orin NX 16GB, and 83 more that mgr plan lists
#SBATCH --job-name=qwen-qwen3-8b-awq
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gres=gpu:1

set -eu
source ~/vllm-0.33.0/bin/activate
srun vllm serve Qwen/Qwen3-8B-AWQ \
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
