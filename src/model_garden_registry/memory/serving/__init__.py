"""
The estimate for serving, by engine.

A file of this wing imports only from files above it in this list:

- runtime: what a serving process does beside what settings say.
- dtypes: what an engine makes of a GPU: the type that it computes in, how it holds weights, its batch.
- division: over how many GPUs an engine divides a model at all.
- placement: what of the weights is on each GPU.
- deployment: what an engine is asked to serve, and on what.
- vllm_cache: how vLLM divides its cache into blocks and groups of layers.
- vllm_batch: what vLLM runs at once.
- vllm_pool: what vLLM makes of a pool, and what a sequence needs of it.
- vllm: what vLLM needs, and what share of a GPU it takes.
- sglang: what SGLang needs, and what it can serve.
- transformers_cache: what transformers keeps of a sequence.
- transformers: what one request at a time needs.
- serving_estimate: the estimate, by the engine of the settings.
"""
