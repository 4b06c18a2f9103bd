python -m sglang.launch_server --model-path Qwen/Qwen3-8B \
  --context-length 8192 \
  --dtype auto \
  --tp-size 1 \
  --preferred-sampling-params '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}' \
  --tool-call-parser hermes \
  --reasoning-parser qwen3
