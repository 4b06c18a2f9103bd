"""
Files and commands of serving engines, a module for each.

A file of this folder imports only from files above it in this list:

- spellings: numbers, types and sizes as engines write them, and rules common to both.
- answers: sampling defaults, parsers of answers, and the checkpoint's own code.
- commands: the options of a server as text.
- vllm_speculation: speculative decoding in vLLM.
- vllm: vLLM's server.
- sglang_parsers: SGLang's names of vLLM's parsers.
- sglang_rules: SGLang's options that belong together.
- sglang: SGLang's server.
"""
