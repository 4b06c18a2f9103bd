"""
Ids in users' files that are out of date.

A file of this folder imports only from files above it in this list:

- mentions: where a text names models.
- user_files: the files in which users name models.
- outdated_ids: what is out of date, and its replacement.
"""
