"""
Queries and bodies of requests.

A file of this folder imports only from files above it in this list:

- asked: questions, as values.
- list_questions: the query of a list.
- bodies: the body of a request, read within limits.
- validate_questions: the body of a validate request.
"""
