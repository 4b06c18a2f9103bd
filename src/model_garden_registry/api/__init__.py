"""
Questions as plain documents, and their answers: what HTTP, the page and the static site share, without a web framework.

``answering.answer`` takes the name of a route and the keys of a request, and returns the document that the command line
prints with ``--json``.

A file of this folder imports only from files above it in this list:

- bounds: limits on length, number and depth.
- strict_keys: invalid keys.
- invalid_questions: the error of keys that are no question.
- failures: an error as a document, with its status.
- asked: questions, as values.
- reading: keys to a question.
- naming: the GPUs, the settings and the models that a question names.
- forms: the settings of a task as a JSON schema, for a form.
- judging: questions about one model.
- fitting: questions about many models, or many GPUs, answered in portions.
- answering: the answer to each question.
"""
