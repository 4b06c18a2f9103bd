"""
The entries of a registry file.

A file of this folder imports only from files above it in this list:

- format_version: comparison of file format versions.
- tasks: closed sets that lists need without loading the models.
- patterns: patterns of texts, and their meaning in words.
- part: the strict, frozen base of every part of an entry.
- architecture: the shape of the network.
- requirements: the machine a model needs, and what the model can do.
- defaults: training and inference defaults.
- provenance: sources, benchmarks, deprecation.
- model: the entry itself.
- envelope: the file around the entries.
- registry_schema: the JSON schema of the file.
- allowed: the allowed values of a schema, in words.
- settings: settings for one task, merged from an entry's defaults and overrides.
"""
