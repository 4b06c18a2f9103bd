"""
The page of one model.

A file of this folder imports only from files above it in this list:

- identity: name, facts and links of a model.
- task_panels: a task: its memory, its settings, and what the page's module asks about it.
- variants: the forms in which a model is published.
- provenance: measurements, and where numbers come from.
- model_page: the page, with all of these.
"""
