"""
Files of transformers, PEFT and TRL, and scripts for TRL and Unsloth.

A file of this folder imports only from files above it in this list:

- training_arguments: arguments of transformers' Trainer, which TRL's configurations have too.
- adapters: adapters in PEFT's words, and what PEFT makes of names of modules.
- launching: how many processes, and what is divided among them.
- preferences: which trainer of TRL a file is for, and how long its sequences are.
- loading: how TRL loads a model, and what it trains of it.
- python_text: plain values as text of a Python program.
- transformers: ``TrainingArguments``.
- peft: ``LoraConfig``, which is ``adapter_config.json``.
- trl_script: a program that trains with TRL.
- trl: files of TRL's commands.
- unsloth: a program that trains with Unsloth; written only.
"""
