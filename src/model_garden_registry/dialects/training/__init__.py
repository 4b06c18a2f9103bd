"""
Files of training tools, a module for each.

A file of this folder imports only from files above it in this list:

- dividing: how GPUs divide a run: DeepSpeed's configurations, FSDP's options, and what the names of such files say.
- known_values: what a rule says where a value is not in the file.
- run_rules: how a run is set up, in arguments that trainers name alike.
- adapter_rules: the adapter, in arguments that trainers name alike.
- huggingface: files of transformers, PEFT and TRL, and scripts for TRL and Unsloth.
- axolotl: axolotl's YAML files.
- llamafactory: LLaMA-Factory's YAML files.
- msswift: files of arguments for ms-swift, and its commands.
"""
