"""
The reference of the HTTP API as one page, made from its OpenAPI document: no JavaScript, and nothing from elsewhere.

A file of this folder imports only from files above it in this list:

- prose: texts and examples of the document.
- described_types: what a value may be, in words.
- schemas: the objects that are sent, field by field.
- operations: the routes: what is sent, and what comes back.
- reference_page: the page, for a server and among static files.
"""
