"""
Results as documents: JSON, SARIF, JUnit, GitHub annotations. One shape per result, for CLI and HTTP.

A file of this folder imports only from files above it in this list:

- errors: an error, as the document of "no answer".
- entries: a list of models, one entry, the categories.
- settings: merged settings with their origins, and the part of a verdict about them.
- hardware: a machine, within a report or as a snapshot.
- reports: one report, or several, as JSON documents.
- estimates: estimates and sweeps.
- fits: what runs on which hardware.
- matrices: what training stacks and serving engines support.
- dialects: other tools' files, written and read.
- catalogue: models side by side, counted, compared with another registry, and where their numbers come from.
- registries: registries, and files that name models, over time.
- clusters: answers about clusters.
- formats: reports in the formats of other programs.
- json_schema: types as JSON schemas.
- shapes: the type of every JSON document; only api, the server, the pages and the tests import them.
"""
