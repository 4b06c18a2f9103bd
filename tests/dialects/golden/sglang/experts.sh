python -m sglang.launch_server --model-path Qwen/Qwen3-30B-A3B \
  --context-length 32768 \
  --dtype auto \
  --tp-size 1
