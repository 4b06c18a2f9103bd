"""
Facts about model families, training stacks and serving engines, each with the release it was read from.

The facts are data in ``storage/``; this folder reads them, and nothing else in the package names a family. A file of
this folder imports only from files above it in this list:

- versions: comparison of releases.
- tables: tables of facts, each read once, on first use.
- expressions: widths of layers as sums of products of a network's numbers.
- family: the layers of the networks of one ``model_type``.
- config_numbers: numbers of a config.json, by the expressions of a family's record.
- ranges: facts that hold from a release on.
- stacks: the defaults and behaviour of a training stack.
- paging: the blocks of an engine's cache.
- divisions: SGLang's division of GPU memory into reserve and pools.
- kernels: requirements of kernels, and their layouts for experts.
- splits: conditions for dividing a model among GPUs.
- engines: defaults, options and refusals of a serving engine.
"""
