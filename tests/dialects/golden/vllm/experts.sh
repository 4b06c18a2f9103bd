vllm serve Qwen/Qwen3-30B-A3B \
  --max-model-len 32768 \
  --dtype auto \
  --gpu-memory-utilization 0.9 \
  --tensor-parallel-size 1
