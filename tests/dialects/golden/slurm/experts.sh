#!/bin/bash
# start it with: sbatch FILE
# first, where the nodes find it: uv venv --python 3.12 ~/vllm-0.33.0 && uv pip install --python ~/vllm-0.33.0 vllm==0.33.0
# the first node that squeue shows for it answers at port 8000
# passes on 1 of each of: H100 SXM5 80GB, H100 PCIe 80GB, H800 SXM5 80GB, H800 PCIe 80GB, A100 SXM4 80GB, A100 PCIe 80GB, A800 SXM4 80GB, A800 PCIe 80GB, RTX 6000D, H100 NVL, H100 SXM5 94GB, H800 NVL, and 15 more that mgr plan lists
#SBATCH --job-name=qwen-qwen3-30b-a3b
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gres=gpu:1

set -eu
source ~/vllm-0.33.0/bin/activate
srun vllm serve Qwen/Qwen3-30B-A3B \
  --max-model-len 40960 \
  --dtype auto \
  --gpu-memory-utilization 0.9 \
  --tensor-parallel-size 1 \
  --override-generation-config '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}' \
  --enable-auto-tool-choice \
  --tool-call-parser hermes \
  --reasoning-parser qwen3 \
  --host 0.0.0.0 \
  --port 8000
