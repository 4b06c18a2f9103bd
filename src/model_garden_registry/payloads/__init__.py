"""
Results become documents: JSON, SARIF, JUnit, GitHub annotations. One shape per result, whoever shows it.

A file of this wing imports only from files above it in this list:

- file_names: a file's name as other programs look it up.
- errors: an error, as the document of "no answer".
- entries: an entry, with the defaults that clients read without looking.
- rows: a row of a list.
- categories: the groups of models.
- settings: merged settings with their origins.
- hardware: a machine, within a report or as a snapshot.
- memory: an estimate, and remedies.
- reports: one report, or several, as JSON documents.
- estimates: estimates of memory.
- fits: models in buckets.
- remedies: what would pass instead, in lines.
- sarif: reports for code scanning.
- junit: reports for continuous integration servers.
- github: reports as annotations of GitHub Actions.
- provenance: where numbers come from.
- census: how many models there are of each kind.
- comparison: models side by side.
- differences: what changed between two registries.
"""
