#!/usr/bin/env bash
set -euo pipefail
MODEL="${MODEL:-meta-llama/Meta-Llama-3.1-8B-Instruct}"
exec vllm serve "$MODEL" --port 8000
