"""
The OpenAPI document, and what it is made of.

A file of this wing imports only from files above it in this list:

- entry_documents: the types of entries, rows and categories.
- report_documents: the types of verdicts, hardware and errors.
- examples: an example for each reply.
- responses: what each route may answer.
- openapi: the document itself.
"""
