from vllm import LLM

MODELS = {
    "small": "meta-llama/Meta-Llama-3.1-8B-Instruct",
    "large": "Qwen/Qwen3-32B",
}
llm = LLM("tiiuae/falcon-7b", tensor_parallel_size=1)
PATH = "/models/mosaicml/mpt-7b"
CACHED = "models/mosaicml/mpt-7b/config.json"
