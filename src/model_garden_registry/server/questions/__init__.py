"""
Queries and bodies of requests.

A file of this folder imports only from files above it in this list:

- bounds: limits on length, number and depth.
- asked: questions, as values.
- strict_keys: invalid keys of a query or a body.
- list_questions: the query of a list.
- validate_questions: the body of a validate request, read within limits.
"""
