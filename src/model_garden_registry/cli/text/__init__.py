"""
Text output for people: pages, tables, and one module for each kind of answer.

A file of this folder imports only from files above it in this list:

- wording: aligned columns, colours, counts.
- csv_lines: lines of CSV.
- table: columns with headers.
- page: one subject: headings, labels, values.
- bars: bars of text.
- lists: rows as table, CSV, Markdown or ids.
- gpus: the judged GPUs as text.
- reports: reports as text.
- gpu_columns: verdicts of models on several GPUs.
- estimates: estimates as text.
- pictures: estimates as SVG.
- fitting: which models run on given hardware, and which hardware runs a model, as text.
- dialects: other tools' files.
- clusters: clusters as text.
- registries: files that a registry is made of.
- differences: what changed, as text and as Markdown.
"""
