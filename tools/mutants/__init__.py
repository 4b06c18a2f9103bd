"""
Mutation tests: small changes of merging, verdicts and placing, each of which a test should notice.

- changing: the changes that can be made of a module, each by itself.
- forking: work in copies of a process.
- swapping: the function or the constant that a change is in, swapped where it stands.
- trying: tests run once for each change, in copies of the process that has collected them.
- judging: whether tests notice a change.
- rules: which modules, which tests, and survivors that are known with the reason why nothing can notice them.
"""
