"""Which modules, which tests hold them, and survivors that nothing can notice, each with the reason."""

from __future__ import annotations

from pathlib import Path

#: Modules that merge settings, make verdicts, or place models on nodes that inventories give, below the package, with
#: the tests that hold them. Names that are only suggested (``entries/settings/other_names.py``) are neither. Of the
#: rules of entries, those whose flaws and limits a verdict repeats; the rules that only a check of files asks are not.
HELD = {
    f"{module}.py": (f"tests/{(path := Path(module)).parent.as_posix()}/test_{path.name}.py", *others)
    for module, others in {
        "entries/settings/task_settings": (),
        "entries/settings/reached_parts": (),
        "entries/settings/following": (),
        "entries/settings/refusals": (),
        "entries/settings/own_defaults": ("tests/entries/settings/test_merging.py",),
        "entries/settings/merging": (
            "tests/entries/settings/test_refusals.py",
            "tests/entries/settings/test_other_names.py",
        ),
        "checks/entry/limits": (),
        "checks/entry/consistency": (),
        "checks/hardware/need": (),
        "checks/hardware/demand": (),
        "checks/hardware/devices": (),
        "checks/hardware/compute": (),
        "checks/hardware/states": (),
        "checks/hardware/machine": ("tests/checks/hardware/test_hosts.py",),
        "checks/hardware/fleets": (),
        "checks/hardware/splitting": ("tests/verdicts/test_splits.py",),
        "checks/hardware/few": (),
        "checks/hardware/hosts": (),
        "checks/hardware/driver_states": (),
        "checks/hardware/fit": (),
        "checks/learning_rates": (),
        "checks/settings_rules": (),
        "checks/validation": ("tests/checks/test_settings_rules.py", "tests/verdicts/test_devices_and_hosts.py"),
        "checks/verdicts": (),
        "placement/packing": (),
        "placement/filling": (),
        "placement/first_fit": (),
        "placement/sizes": (),
        "placement/laying": (),
        "placement/needs": (),
        "placement/placing": (),
        "hardware/inventory/offers": (),
        "hardware/inventory/readers/slurm": (),
        "hardware/inventory/readers/kubernetes": (),
        "hardware/inventory/readers/kubernetes_gpus": (),
        "hardware/inventory/merging": (),
        "hardware/inventory/grouping": (),
        "hardware/inventory/node_names": (),
        "hardware/inventory/reading": (),
    }.items()
}

#: Of each module, what survives and why: what the mutant is called, and what makes it the same program.
KNOWN: dict[str, dict[str, str]] = {
    "entries/settings/own_defaults.py": {
        "nothing done: Chosen = dict[str, tuple[Any, Origin]]": "the name of a type: nothing runs it",
    },
    "entries/settings/merging.py": {
        "argument maxsize gone: @lru_cache(maxsize=MOST_KEPT)": "only computed again more often, never otherwise",
        "nothing returned: return text": "no list may be null: both are refused, with the text",
    },
    "entries/settings/task_settings.py": {
        "argument strict gone: origins: Annotated[Mapping[str, Origin], ReadOnly] = Field(": (
            "settings are made of checked values, without a check"
        ),
        "nothing done: Settings = TrainingSettings | InferenceSettings": "the name of a type: nothing runs it",
    },
    "checks/learning_rates.py": {
        'Gt otherwise: side = "above" if rate > usual.most else "below"': "a rate at the end of its range is usual",
    },
    "hardware/inventory/readers/slurm.py": {
        "argument maxsize gone: @lru_cache(maxsize=4096)": "only computed again more often, never otherwise",
        "4096 and one: @lru_cache(maxsize=4096)": "only computed again more often, never otherwise",
    },
    "checks/entry/consistency.py": {"nothing returned: return False": "nothing is as false"},
    "checks/hardware/need.py": {
        "0 and one: return found.is_coarse and self.bytes_each[0] > 0": "a minimum is in GB: it is no single byte",
    },
    "checks/hardware/demand.py": {
        "0 and one: return self._graphs > 0 or (self.compared is not None and self.compared.is_by_size)": (
            "graphs take more than a byte"
        ),
        "0 and one: graphs = 0 if found.is_coarse else graphs_beside_share(self.entry, settings, "
        "gpu_total_bytes=gpu)": "a byte is no hundredth of a GPU",
        "0 and one: comfortable = comfortable + min(safe - own[1], 0) if is_measured else 0": (
            "a network needs more than a byte, and no less is comfortable"
        ),
        'operand 3 gone: if not isinstance(settings, InferenceSettings) or settings.engine != "vllm" or gpu is None or '
        "found is None:": "settings have an estimate: the type checker asks",
        "argument gpu_total_bytes gone: graphs = 0 if found.is_coarse else graphs_beside_share(self.entry, settings, "
        "gpu_total_bytes=gpu)": "releases with graphs beside the share capture the same sizes on every GPU",
    },
    "checks/hardware/compute.py": {
        "0 and one: widest = max(width or 0 for width in (network.head_dim, *(group.head_dim for group in "
        "network.layers or ())))": "no kernel is about heads of one number",
    },
    "entries/settings/following.py": {
        "operand 0 gone: return kept and (casts or (is_full and _loads_float32(stack, dtype)))": (
            "every stack that was read keeps a float32 copy under FSDP2"
        ),
        "operand 1 gone: if isinstance(settings, InferenceSettings) or not _LEADING & {*changes}:": (
            "what nothing leads is chosen as it was"
        ),
        "operand 0 gone: if name in settings.origins and settings.origins[name].kind is OriginKind.STACK": (
            "every setting of a run has an origin"
        ),
    },
    "checks/hardware/few.py": {
        "'.' otherwise: return f\": {visible(' '.join(hardware.hints)).rstrip('.')}\" if hardware.source == \"nvml\" "
        'and hardware.hints else ""': "no hint ends with the sign that is added",
        "operand 1 gone: if seen.hidden and seen.mask is not None:": "only a mask hides GPUs: the type checker asks",
    },
    "checks/hardware/fleets.py": {
        "operand 1 gone: if alike is None or gpu is None:": "plain GPUs have a size: the type checker asks",
        "0 and one: each.append(Lot(gpus, tuple(sizes), shared_code if gpus[0].first.is_integrated else size_code, "
        "0))": "the number is replaced before a user reads it",
        "operand 1 gone: engine = load and (load.engine, load.version)": "only found again less often, never wrong",
    },
    "checks/hardware/machine.py": {
        "operand 1 gone: return self.kinds[0][0] if is_sound and 0 < (self.largest_bytes or 0) <= MOST_BYTES "
        "else None": "the largest device has a size: the type checker asks",
        "1 and one: if len(self.seen.readings) == 1:": "one reading is grouped the same way, only slower",
        "argument maxsize gone: @lru_cache(maxsize=16)": "only computed again more often, never otherwise",
        "16 and one: @lru_cache(maxsize=16)": "only computed again less often, never otherwise",
    },
    "checks/hardware/states.py": {
        'operand 1 gone: if not isinstance(settings, InferenceSettings) or settings.engine != "vllm" or gpu is None:': (
            "estimates for other engines have no cache that is judged here"
        ),
        "operand 0 gone: if found is None or found.is_coarse or found.cache is None:": (
            "settings have an estimate: the type checker asks"
        ),
        "operand 1 gone: if not cache.most_sequences or not cache.blocks:": (
            "a cache without a block has no states either"
        ),
    },
    "checks/hardware/splitting.py": {
        'nothing done: T = TypeVar("T")': "the name of a type: nothing runs it",
        "'T' otherwise: T = TypeVar(\"T\")": "the name of a type: nothing runs it",
        "operand 1 gone: if now.chosen and own is not None and own.settings is not None:": (
            "a choice is made over the entry's own: the type checker asks"
        ),
        "operand 2 gone: if now.chosen and own is not None and own.settings is not None:": (
            "a choice is made over settings: the type checker asks"
        ),
    },
    "checks/hardware/fit.py": {
        "operand 1 gone: if hardware.state is DriverState.NO_LIBRARY and state is not None:": (
            "a state that is not read has a finding: the type checker asks"
        ),
        "nothing returned: return ()": "no finding, and nothing, are the same to its caller",
        'argument strict gone: each = [f"{devices[0].name}: {verdict}" for devices, verdict in zip(readings, verdicts, '
        "strict=True)]": "there is a verdict for each reading",
    },
    "checks/hardware/hosts.py": {
        "nothing left out: totals = [size for size in sizes if isinstance(size, int)]": (
            "the hint is given where every GPU is too small, so that each size is known"
        ),
    },
    "checks/hardware/driver_states.py": {"nothing done: assert_never(never)": "no driver is in another state"},
    "checks/validation.py": {
        "nothing left out: others = [replace(case, demand=at_split(demand, size), asked=demand) for size in sizes if "
        "size != demand.parts]": "the own split is no better than itself: it would only be judged twice",
        "condition denied: if machine.seen.is_ambiguous:  # the same devices stand in many readings": (
            "only judged again, never otherwise"
        ),
    },
    "checks/verdicts.py": {
        "False otherwise: _FAILS = Rank(_FAIL, is_tight=False)": "a failure is as bad with a margin",
        "False otherwise: if is_to_better(rank, has_alternatives=False):": "of GPUs in a lot everything is known",
        "nothing returned: return ()": "no splits, and nothing, are the same to its caller",
        "nothing left out: sizes = (size for size in open_sizes(demand, there) if size != demand.parts)": (
            "the own split is no better than itself: it would only be judged twice"
        ),
    },
    "checks/settings_rules.py": {"nothing done: assert_never(settings)": "no settings are of another type"},
    "checks/hardware/devices.py": {
        "nothing left out: places = _ranges(sorted(device.index for device in devices if isinstance(device, Gpu)))": (
            "all of them are GPUs, as the line before asks: only the type checker needs it again"
        ),
    },
    "placement/filling.py": {
        "nothing done: Space = Callable[[Mapping[int, int]], int]": "the name of a type: nothing runs it",
        "0 and one: each = space(group.parts) if left else 0": "none is left to add, wherever there is space",
    },
    "placement/sizes.py": {
        "1 and one: found = tuple(islice(_patterns(sorted(sizes, reverse=True), devices), MOST_PATTERNS + 1))": (
            "one more than is allowed is enough to know"
        ),
    },
    "placement/needs.py": {
        "operand 0 gone: if candidate is None or demand is None:": "a demand is of a candidate: the type checker asks",
        "0 and one: for spread in _spread(wanted, max(kinds.values(), default=0)):": "one node is not several",
        "operand 1 gone: if wanted.over_nodes is not None and nodes <= most:": (
            "no kind has so many nodes, as is asked again of each"
        ),
    },
    "placement/placing.py": {
        "0 and one: kinds[one.kind] = max(kinds.get(one.kind, 0), one.count)": "one node is not several",
        "nothing left out: packed = sorted((one for one in each if one.without is None), key=lambda one: "
        "one.subject)": "what needs no GPU runs on no node",
    },
    "hardware/inventory/merging.py": {"3 and one: return 3": "it only has to be above the others"},
    "hardware/inventory/grouping.py": {
        "operand 1 gone: if hardware is None or hardware.alternatives:": "one of several has no kinds of GPUs yet",
    },
    "hardware/inventory/node_names.py": {
        "True otherwise: for written, behind in zip(texts[1::2], texts[2::2], strict=True):": (
            "a text that is split by one group has as many of both"
        ),
        "argument strict gone: for written, behind in zip(texts[1::2], texts[2::2], strict=True):": (
            "a text that is split by one group has as many of both"
        ),
        "GtE otherwise: if int(last) - int(first) >= most:": "one name too many is refused where it is counted",
    },
}
