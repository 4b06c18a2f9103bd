FROM vllm/vllm-openai:v0.33.0 AS base
FROM nvidia/mistral-7b
ARG MODEL mosaicml/mpt-7b
COPY --from=base /usr/bin/vllm /usr/bin/vllm
ENTRYPOINT ["vllm", "serve", "Qwen/Qwen3-8B"]
