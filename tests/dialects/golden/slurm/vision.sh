#!/bin/bash
# start it with: sbatch FILE
# first, where the nodes find it: uv venv --python 3.12 ~/vllm-0.33.0 && uv pip install --python ~/vllm-0.33.0 vllm==0.33.0
# gpu_memory_utilization is left out: vLLM's default is 0.92
# the first node that squeue shows for it answers at port 8000
# passes on 1 of each of: RTX A4500, RTX 4000 SFF Ada, RTX 4000 Ada, A10, A10G, L4, Quadro RTX 6000, RTX 5090 D V2, RTX PRO 4000 Blackwell, RTX PRO 4000 Blackwell SFF, RTX 3090 Ti, RTX 4090, and 57 more that mgr plan lists
#SBATCH --job-name=qwen-qwen2-5-vl-7b-instruct
#SBATCH --nodes=1
#SBATCH --ntasks-per-node=1
#SBATCH --gres=gpu:1

set -eu
source ~/vllm-0.33.0/bin/activate
srun vllm serve Qwen/Qwen2.5-VL-7B-Instruct \
  --max-model-len 8192 \
  --dtype auto \
  --tensor-parallel-size 1 \
  --limit-mm-per-prompt '{"image": 1}' \
  --host 0.0.0.0 \
  --port 8000
