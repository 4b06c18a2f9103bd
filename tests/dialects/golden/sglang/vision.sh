python -m sglang.launch_server --model-path Qwen/Qwen2.5-VL-7B-Instruct \
  --context-length 8192 \
  --dtype auto \
  --tp-size 1 \
  --limit-mm-data-per-request '{"image": 1}'
