vllm serve unsloth/Qwen3-8B-bnb-4bit \
  --max-model-len 16384 \
  --dtype auto \
  --tensor-parallel-size 1 \
  --override-generation-config '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}' \
  --enable-auto-tool-choice \
  --tool-call-parser hermes \
  --reasoning-parser qwen3
