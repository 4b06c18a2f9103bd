vllm serve unsloth/Qwen3-8B-bnb-4bit \
  --max-model-len 16384 \
  --dtype auto \
  --tensor-parallel-size 1
