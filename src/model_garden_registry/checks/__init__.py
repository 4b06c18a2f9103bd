"""
The judges: pure functions from values to findings; none of them raises for what it finds.

A file of this wing imports only from files above it in this list:

- entry: an entry, and a whole file: schema, rules, physics, provenance.
- hardware: a machine against what a task needs.
- learning_rates: learning rates that nobody trains with.
- settings_rules: an entry and its settings for a task, whatever the hardware.
- matrix: what training stacks and serving engines do, computed as verdicts are.
- validation: an entry and its settings for a task, and the hardware to run it on.
- verdicts: the verdict on a model on many machines, without words.
- cures: what to change where a verdict is no, each change judged again before it is offered.
- assessment: all that is known of a model for a task on some hardware.
- buckets: which models run as they are, with changes, or not.
- sweeping: many values of one setting.
- planning: which GPUs run a model, and how many of each.
"""
