"""
The texts of an entry: names, tags, descriptions.

A file of this folder imports only from files above it in this list:

- naming: sizes, formats and models by name.
- tagging: tags.
- describing: descriptions.
"""
