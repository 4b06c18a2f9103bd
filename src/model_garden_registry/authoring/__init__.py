"""
Entries made from facts: what is known of a model, the rules by which defaults are chosen, the memory model.

The rules in words, with their sources: docs/defaults-policy.md. A file of this wing imports only from files above it
in this list:

- facts: what is known of a model before anything is chosen for it.
- config_values: numbers and lists of a config.json, each of the form that its readers take it for.
- config_layers: which layers a config.json describes, where they are not alike.
- config_parts: the parts of a config.json beside its numbers: language model, tower, head.
- config_json: a model's own config.json becomes its architecture and number format.
- config_formats: the number format that weights are published in.
- policy: starting values for training and serving, by size and kind.
- machines: the GPUs that defaults are made to fit, smallest first.
- sizing: lengths, batches and requirements that the memory model gives for these machines.
- wording: what an entry says in words: names, tags, descriptions.
- drafting: facts become an entry, as it stands in a registry file.
- own_config: an entry from a model's own config.json.
"""
