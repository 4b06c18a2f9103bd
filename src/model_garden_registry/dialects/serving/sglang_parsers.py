"""SGLang's names of vLLM's parsers."""

from __future__ import annotations

from collections.abc import Mapping

#: Parsers with the same name in both engines.
_SAME_TOOLS = (
    "beam", "cohere_command4", "dots", "gemma4", "gigachat3", "glm47", "hermes", "inkling", "k2_horizon",
    "kimi_k2", "kimi_k3", "lfm2", "ling3", "mimo", "minicpm5", "mistral", "poolside_v1", "pythonic",
    "qwen3_coder", "step3", "step3p5",
)  # fmt: skip
_SAME_REASONING = (
    "beam", "cohere_command4", "gemma4", "glm45", "granite_thinking_parser", "inkling", "k2_horizon", "kimi_k2",
    "kimi_k3", "ling3", "mimo", "mistral", "poolside_v1", "qwen3", "step3", "step3p5",
)  # fmt: skip

#: vLLM's name of a tool call parser → SGLang's; of several with one name there, the first is read back.
#: Source: vLLM 0.33.0, `vllm/tool_parsers`; SGLang 0.5.23, `srt/function_call/function_call_parser.py`
TOOL_PARSERS: Mapping[str, str] = {
    "llama4_pythonic": "pythonic",  # before vLLM's own pythonic: the first one is read back
    **{name: name for name in _SAME_TOOLS},
    "apertus": "apertus2509",
    "deepseek_v3": "deepseekv3",
    "deepseek_v31": "deepseekv31",
    "deepseek_v32": "deepseekv32",
    "deepseek_v4": "deepseekv4",
    "deepseek_v41": "deepseekv41",
    "glm45": "glm",
    "hunyuan_a13b": "hunyuan",
    "llama3_json": "llama3",
    "minimax_m2": "minimax-m2",
    "minimax_m3": "minimax-m3",
    "muse_glimmer": "muse",
    "openai": "gpt-oss",
    "qwen3_xml": "qwen3_coder",
}

#: SGLang's second parser for one form of tool calls → vLLM's.
#: Source: SGLang 0.5.23, `Qwen25Detector` and `HermesDetector`: one JSON object between <tool_call> and </tool_call>
FURTHER_TOOL_PARSERS: Mapping[str, str] = {"qwen": "hermes"}

#: Deprecated names of tool call parsers → what SGLang reads for each, with a warning.
#: Source: SGLang 0.5.23, `srt/arg_groups/serving_hook.py`, `deprecated_tool_call_parsers`
DEPRECATED_TOOL_PARSERS: Mapping[str, str] = {"glm45": "glm", "qwen25": "qwen"}

#: The same for parsers of reasoning.
#: Source: vLLM 0.33.0, `vllm/reasoning`; SGLang 0.5.23, `srt/parser/reasoning_parser.py`
REASONING_PARSERS: Mapping[str, str] = {
    **{name: name for name in _SAME_REASONING},
    "deepseek_r1": "deepseek-r1",
    "deepseek_v3": "deepseek-v3",
    "deepseek_v4": "deepseek-v4",
    "deepseek_v41": "deepseek-v41",
    "glm47": "glm45",
    "hunyuan_a13b": "hunyuan",
    "minimax_m2": "minimax",
    "minimax_m2_append_think": "minimax-append-think",
    "minimax_m3": "minimax-m3",
    "muse_glimmer": "muse",
    "nemotron_v3": "nemotron_3",
    "openai_gptoss": "gpt-oss",
}
