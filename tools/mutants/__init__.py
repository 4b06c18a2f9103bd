"""
Mutation tests: small changes of merging and verdicts, each of which a test should notice.

- changing: the changes that can be made of a module, each by itself.
- judging: whether tests notice a change, in a copy of the sources.
- rules: which modules, which tests, and survivors that are known with the reason why nothing can notice them.
"""
