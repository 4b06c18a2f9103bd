"""
What training stacks and serving engines do, and what of it a model can have: computed as verdicts are.

A file of this wing imports only from files above it in this list:

- cells: answers, with the fact that each comes from.
- facts: where a fact about a stack or an engine stands.
- judging: one question to one stack or engine about one model.
- plain_models: the models that are asked about where none is named.
- training_questions: what training stacks are asked.
- serving_questions: what serving engines are asked.
- releases: whether stacks and engines are as new as a model asks for.
- making: all questions to all of them.
"""
