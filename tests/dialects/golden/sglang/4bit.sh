python -m sglang.launch_server --model-path unsloth/Qwen3-8B-bnb-4bit \
  --context-length 16384 \
  --dtype auto \
  --tp-size 1
