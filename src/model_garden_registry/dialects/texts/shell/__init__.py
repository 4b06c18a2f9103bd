"""
Shell scripts, read and not run.

A file of this folder imports only from files above it in this list:

- words: words with their quotes, and the variables in them.
- statements: a script to statements of words.
- variables: variables that a script sets itself, replaced in words.
"""
