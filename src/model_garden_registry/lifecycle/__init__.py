"""
Registries, and the files that name models, over time.

A file of this folder imports only from files above it in this list:

- remote: registries that are downloaded, and published for others.
- own_models: an overlay of one's own models, and the entries in it.
- filling: facts of known models that a registry file does not state.
- migration: files of older formats, brought to the newest one in place.
- known_ids: what became of an id.
- outdated: ids in users' files that are out of date.
- local: models on this machine.
- locking: what models were when they were chosen, and what has changed.
- hub: models on the Hugging Face Hub; the only owner of huggingface_hub.
- drafting: drafts of entries for new models on the Hub.
"""
