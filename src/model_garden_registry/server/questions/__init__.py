"""
What may be asked.

A file of this wing imports only from files above it in this list:

- bounds: how long, how many, how deep.
- asked: questions, as values.
- strict_keys: keys of a query or a body that cannot stand there.
- list_questions: what a list may be asked.
- validate_questions: what a verdict may be asked, and the bounded reading of it.
"""
