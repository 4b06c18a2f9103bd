"""
Replies.

A file of this folder imports only from files above it in this list:

- bodies: JSON made once, as bytes with an ETag.
- replies: a body, or 304, by the headers of the request.
- failures: an error as a response.
- envelopes: the envelope that the application's clients expect around an answer.
"""
