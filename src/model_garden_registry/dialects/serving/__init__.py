"""
Files and commands of serving engines, a module for each.

A file of this folder imports only from files above it in this list:


"""
