"""
What model families, training stacks and serving engines are and do, each with the release it was read from.

The facts are data in ``storage/``; this wing reads them, and nothing else in the package names a family. A file of this
wing imports only from files above it in this list:

- versions: releases, compared.
- tables: a table of facts is read once, when somebody first asks.
- expressions: widths of layers as sums of products of a network's numbers.
- family: what the networks of one ``model_type`` are made of.
- config_numbers: numbers of a config.json, by the expressions of a family's record.
- ranges: what holds from a release on.
- stacks: what a training stack does when nobody says otherwise.
- paging: how an engine divides its cache into blocks.
- divisions: how an engine divides the memory of a GPU.
- kernels: what kernels need, and what they make of experts in a number format.
- splits: what it asks of a model that GPUs divide among them.
- engines: what a serving engine chooses, takes and refuses.
"""
