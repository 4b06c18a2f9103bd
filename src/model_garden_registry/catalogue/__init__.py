"""
Rows, filters, counts and differences: comparing models without judging them.

A file of this folder imports only from files above it in this list:

- sizes: classes of size, and ranges of sizes.
- tags: the vocabulary of tags.
- rows: the columns of a list, read from raw entries.
- filtering: which rows to keep, and in which order.
- number_sources: where the numbers of an entry come from.
- comparison: models side by side.
- census: counts of models.
- differences: what changed between two registries.
"""
