"""
What is sent.

A file of this wing imports only from files above it in this list:

- bodies: JSON made once, as bytes with their tag.
- replies: a body, or that nothing has changed, as the request asks for it.
- failure_documents: an error as a document, with its status.
- failures: an error as a response.
- envelopes: documents as the application's clients expect them around an answer.
"""
