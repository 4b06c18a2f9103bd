"""
Files of transformers, PEFT and TRL, and scripts for TRL and Unsloth.

A file of this folder imports only from files above it in this list:

- training_arguments: arguments of transformers' Trainer, which TRL's configurations have too.
- adapters: adapters in PEFT's words, and PEFT's matching of module names.
- launching: number of processes, and sharding.
- preferences: the TRL trainer of a file, and its sequence length.
- loading: how TRL loads a model, and what it trains of it.
- python_text: plain values as Python source text.
- transformers: ``TrainingArguments``.
- peft: ``LoraConfig``, which is ``adapter_config.json``.
- trl_script: a program that trains with TRL.
- trl: files of TRL's commands.
- unsloth: a program that trains with Unsloth; written only.
"""
