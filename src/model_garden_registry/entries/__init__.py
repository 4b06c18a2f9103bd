"""
What a registry file says of a model.

A file of this wing imports only from files above it in this list:

- format_version: versions of the file format, compared.
- tasks: closed sets that lists know without the models.
- part: the strict, frozen base of every model here, and the number types.
- architecture: the shape of a network.
- requirements: what an entry needs and can do.
- defaults: training and inference defaults.
- provenance: where numbers come from, and what became of a model.
- model: ModelInfo, one entry.
- envelope: the file around the entries.
- registry_schema: the JSON schema of the format.
- sizes: classes of size, and sizes that are asked for.
- rows: the columns of a list, read without validating whole entries.
- allowed: what a value may be, in words.
- stacks: what each training stack and serving engine does when nobody says otherwise.
- settings: typed settings for one task, with the origin of every value.
- merging: defaults and overrides become settings.
"""
