"""
The OpenAPI document, and what it is made of.

A file of this wing imports only from files above it in this list:

- replies: the types of replies.
- examples: an example for each reply.
- responses: what each route may answer.
- openapi: the document itself.
"""
