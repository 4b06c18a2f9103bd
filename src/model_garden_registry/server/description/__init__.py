"""
The OpenAPI document and its parts.

A file of this folder imports only from files above it in this list:

- replies: the types of replies.
- examples: an example for each reply.
- document_examples: an example for each document of the command line.
- responses: the responses of each route.
- openapi: the document itself.
"""
