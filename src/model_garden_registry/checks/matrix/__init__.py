"""
What training stacks and serving engines support, for one model or for any: computed as verdicts are.

A file of this folder imports only from files above it in this list:

- cells: answers, with the fact that each comes from.
- facts: where a fact about a stack or an engine stands.
- judging: one question for one stack or engine about one model.
- plain_models: the models that are used where none is named.
- training_questions: the questions for training stacks.
- serving_questions: the questions for serving engines.
- releases: whether stacks and engines are as new as a model requires.
- making: the whole matrix.
"""
