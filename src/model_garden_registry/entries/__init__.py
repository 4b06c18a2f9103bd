"""
What a registry file says of a model.

A file of this wing imports only from files above it in this list:

- format_version: versions of the file format, compared.
- tasks: closed sets that lists know without the models.
- part: the strict, frozen base of every part of an entry.
- architecture: the shape of the network.
- requirements: what a machine must have, and what the model can do.
- defaults: training and inference defaults.
- provenance: sources, benchmarks, deprecation.
- model: the entry itself.
- envelope: the file around the entries.
- registry_schema: the JSON schema of all that.
- allowed: what a value may be, in words made from its schema.
- settings: settings for one task, merged from an entry's defaults and overrides.
"""
