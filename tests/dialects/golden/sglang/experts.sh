python -m sglang.launch_server --model-path Qwen/Qwen3-30B-A3B \
  --context-length 40960 \
  --dtype auto \
  --tp-size 1 \
  --preferred-sampling-params '{"temperature": 0.6, "top_p": 0.95, "top_k": 20}' \
  --tool-call-parser hermes \
  --reasoning-parser qwen3
