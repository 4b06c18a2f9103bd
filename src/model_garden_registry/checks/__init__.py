"""
The checks: pure functions from values to findings; none of them raises for what it finds.

A file of this folder imports only from files above it in this list:

- entry: an entry, and a whole file: schema, rules, physics, provenance.
- hardware: whether a machine meets what a task needs.
- learning_rates: learning rates far outside the usual range.
- evidence: measurements that an entry states, beside the estimates for them.
- settings_rules: an entry and its settings for a task, whatever the hardware.
- matrix: what training stacks and serving engines do, computed as verdicts are.
- validation: an entry and its settings for a task, and the hardware to run it on.
- verdicts: verdicts on many machines at once, without messages.
- cures: changes that turn a failing verdict into a passing one, each validated before it is offered.
- assessment: settings, split, estimate and report of a model for a task on given hardware.
- buckets: which models run as they are, with changes, or not.
- pools: the pools of a cluster, by the best kind of node in each.
- sweeping: many values of one setting.
- planning: which GPUs run a model, and how many of each.
"""
