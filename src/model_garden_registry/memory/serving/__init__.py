"""
The estimate for serving, by engine.

A file of this folder imports only from files above it in this list:

- runtime: process behaviour that settings do not state.
- dtypes: the effects of the GPU: compute type, weight format in memory, batch.
- division: the GPU counts that an engine accepts for a model.
- placement: the weights on each GPU.
- deployment: the entry, settings and GPU that an engine serves.
- vllm_cache: how vLLM divides its cache into blocks and groups of layers.
- vllm_batch: the batch that vLLM profiles, and its CUDA graphs.
- vllm_pool: the capacity of vLLM's block pool, and the blocks of a sequence.
- vllm: the memory vLLM needs, and its share of a GPU.
- sglang: the memory SGLang needs, and its capacity.
- transformers_cache: caches and states of a sequence in transformers.
- transformers: the memory of one request at a time.
- serving_estimate: the estimate, by the engine of the settings.
"""
