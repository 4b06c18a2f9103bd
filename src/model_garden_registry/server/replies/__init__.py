"""
What is sent.

A file of this wing imports only from files above it in this list:

- bodies: JSON made once, as bytes with their tag.
- replies: a body, or that nothing has changed, as the request asks for it.
- failures: an error as a status and a document.
- envelopes: documents as the application's clients expect them around an answer.
"""
