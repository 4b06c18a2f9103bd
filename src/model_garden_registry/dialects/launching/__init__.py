"""
Files that start a tool somewhere, a module for each; written only.

A file of this folder imports only from files above it in this list:


"""
