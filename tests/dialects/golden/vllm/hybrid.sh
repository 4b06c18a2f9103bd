vllm serve nvidia/NVIDIA-Nemotron-Nano-9B-v2 \
  --max-model-len 131072 \
  --dtype auto \
  --gpu-memory-utilization 0.9 \
  --tensor-parallel-size 1
