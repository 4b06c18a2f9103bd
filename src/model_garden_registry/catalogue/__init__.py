"""
Rows, filters, counts and differences: what compares models, and judges none.

A file of this wing imports only from files above it in this list:

- sizes: classes of size, and the sizes that can be asked for.
- tags: the words that entries are tagged with.
- rows: the columns of a list, read from raw entries.
- filtering: which rows to keep, and in which order.
- number_sources: where the numbers of an entry come from.
- comparison: models side by side.
- census: how many models there are of each kind.
- differences: what changed between two registries.
"""
