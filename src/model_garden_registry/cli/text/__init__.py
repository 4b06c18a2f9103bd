"""
Wording for people: pages, tables, and what each kind of answer says.

A file of this wing imports only from files above it in this list:

- wording: aligned columns, colours, words.
- csv_lines: lines of CSV.
- table: columns with headers.
- page: one thing for people: headings, labels, values.
- bars: bars of text.
- lists: rows as table, CSV, Markdown or ids.
- gpus: which GPUs were judged, in words.
- reports: reports in words.
- gpu_columns: verdicts of models on several GPUs.
- estimates: estimates in words.
- fitting: which models run on some hardware, and which hardware runs a model, in words.
- dialects: other tools' files.
- differences: what changed, in words and as Markdown.
"""
