"""
Routes that answer with a document of the command line, bare: without an envelope.

A file of this folder imports only from files above it in this list:

- asking: the answer of the process that has the registry, as a response.
- queries: the keys of a query.
- endpoints: an endpoint for each route.
- routes: the routes, described.
"""
