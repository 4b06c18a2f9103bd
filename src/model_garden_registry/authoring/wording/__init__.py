"""
What an entry says in words: names, tags, descriptions.

A file of this wing imports only from files above it in this list:

- naming: sizes, formats and models by name.
- tagging: the words to search by.
- describing: what a model is, and what to choose it for.
"""
