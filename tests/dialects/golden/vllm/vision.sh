vllm serve Qwen/Qwen2.5-VL-7B-Instruct \
  --max-model-len 8192 \
  --dtype auto \
  --tensor-parallel-size 1 \
  --limit-mm-per-prompt '{"image": 1}'
