python -m sglang.launch_server --model-path Qwen/Qwen2-7B-Instruct \
  --tokenizer-path=Qwen/Qwen2-7B-Instruct \
  --host 0.0.0.0/0
