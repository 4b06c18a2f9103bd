vllm serve Qwen/Qwen3-8B \
  --max-model-len 8192 \
  --dtype auto \
  --gpu-memory-utilization 0.9 \
  --tensor-parallel-size 1
