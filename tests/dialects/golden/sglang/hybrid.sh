python -m sglang.launch_server --model-path nvidia/NVIDIA-Nemotron-Nano-9B-v2 \
  --context-length 131072 \
  --dtype auto \
  --tp-size 1
