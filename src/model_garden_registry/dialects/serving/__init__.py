"""
Files and commands of serving engines, a module for each.

A file of this folder imports only from files above it in this list:

- spellings: how engines write numbers, types and sizes, and rules that both have.
- answers: what a server samples with, and which parsers read its answers.
- commands: how the options of a server are written.
- vllm_speculation: what drafts tokens for vLLM.
- vllm: vLLM's server.
- sglang_parsers: SGLang's names of the parsers that vLLM has.
- sglang_rules: what several options of SGLang mean together.
- sglang: SGLang's server.
"""
