"""
Files of training tools, a module for each.

A file of this folder imports only from files above it in this list:

- dividing: DeepSpeed configurations, FSDP options, and the file names of such configurations.
- known_values: rules that depend on a value which is not in the file.
- run_rules: rules of a run, for arguments that trainers name alike.
- adapter_rules: rules of the adapter, for arguments that trainers name alike.
- huggingface: files of transformers, PEFT and TRL, and scripts for TRL and Unsloth.
- axolotl: axolotl's YAML files.
- llamafactory: LLaMA-Factory's YAML files.
- msswift: files of arguments for ms-swift, and its commands.
"""
