"""Which models go on which nodes, as text: the models with their places, what fits at once, and what is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from model_garden_registry.cli.output import Screen
from model_garden_registry.cli.text.fitting.loads import assumed_text, gigabytes, memory_cells, split_cell
from model_garden_registry.cli.text.table import Column, in_blocks, rows_text
from model_garden_registry.cli.text.wording import count, folded, painted, visible_column
from model_garden_registry.placement.placements import (
    Devices,
    Option,
    PlacedModel,
    Placement,
    Quality,
    Seat,
)
from model_garden_registry.units import GB
from model_garden_registry.visible_text import visible

#: More entries of an inventory than these are counted.
_MOST_ENTRIES = 3
#: A longer name of many nodes is cut.
_LONGEST_NAME = 30
_FITTING = "Replicas that fit beside all that is placed, of those that fit with nothing else there. no: does not run."
_LEGEND = "GPUS: of one node, for each replica. SAFE: GB that each GPU should have; SHARE: SAFE of the GPU."


def placement_text(placement: Placement, screen: Screen) -> str:
    """Return the models with their places, those without one with the reason, what fits at once, and what is left."""
    parts = [
        "\n".join(_head(placement, screen)),
        _placed(placement, screen),
        "\n".join(_unplaced(placement, screen)),
        _fitting(placement, screen),
        _left(placement, screen),
        "\n".join(_left_out(placement, screen)),
    ]
    return "\n\n".join(part for part in parts if part)


def _head(placement: Placement, screen: Screen) -> Iterator[str]:
    models = placement.models
    placed = sum(model.is_placed for model in models)
    number = f"{placed} of {count(len(models), 'model')}" if placed < len(models) else count(placed, "model")
    title = f"{number} placed on {count(placement.gpus, 'GPU')}: {placement.task}, {_quality(placement)}"
    for line in folded(title, screen):
        yield painted(line, "bold", has_colour=screen.has_colour)
    when = f", as of {placement.as_of}" if placement.as_of else ""
    yield from folded(visible(f"Inventory: {placement.source}{when}"), screen)
    yield from folded(placement.note, screen) if placement.note else ()
    reports = [seat.report for model in models for seat in model.seats]
    if reports:
        yield from folded(visible(assumed_text(reports, placement.task)), screen)
        yield from folded(_LEGEND, screen)


def _quality(placement: Placement) -> str:
    match placement.quality:
        case Quality.OPTIMAL:
            return "optimal (CP-SAT)"
        case Quality.BEST_FOUND:
            return f"the best found in {placement.seconds:g} s (CP-SAT)"
        case Quality.FIRST_FIT:
            return "packed by plain first-fit"


def _heading(text: str, screen: Screen) -> str:
    return painted(text, "cyan", has_colour=screen.has_colour)


def _placed(placement: Placement, screen: Screen) -> str:
    """Return a row for each model and each place of its replicas."""
    rows = [(model, seat) for model in placement.models for seat in model.seats]
    others = [model for model in placement.models if model.is_placed and not model.seats]
    lines = [visible(f"{model.subject}: needs no GPU") for model in others]
    if not rows:
        return "\n".join(lines)
    return "\n".join([rows_text(_columns(rows, placement), screen, below=[_nodes(seat) for _, seat in rows]), *lines])


def _columns(rows: Sequence[tuple[PlacedModel, Seat]], placement: Placement) -> list[Column]:
    seats = [seat for _, seat in rows]
    memory = [memory_cells(seat.report.estimate, seat.devices.device_bytes) for seat in seats]
    labels = _labels(placement)
    return [
        Column("MODEL", visible_column([model.subject for model, _ in rows]), is_id=True),
        Column("POOL", [labels[seat.devices] for seat in seats]),
        Column("REPLICAS", [str(seat.replicas) for seat in seats], to_right=True),
        Column("GPUS", [_gpus(seat) for seat in seats], to_right=True),
        Column("SPLIT", [split_cell(seat.report) for seat in seats]),
        Column("SAFE", [safe for _, safe, _ in memory], to_right=True),
        Column("SHARE", [part for _, _, part in memory], to_right=True),
    ]


def _gpus(seat: Seat | Option) -> str:
    return str(seat.gpus) if seat.span == 1 else f"{seat.span} x {seat.gpus}"


def _nodes(seat: Seat) -> str:
    """Return the nodes of a place: the first entries by name."""
    names = [name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…" for name in seat.entries]
    more = len(names) - _MOST_ENTRIES
    shown = [*names[:_MOST_ENTRIES], *([f"{more} more"] if more > 0 else [])]
    return visible(f"on {count(seat.nodes, 'node')}: {', '.join(shown)}")


def _labels(placement: Placement) -> dict[Devices, str]:
    """Return the names of pools; with the GPUs, if a pool has several kinds."""
    each = [stock.devices for stock in placement.stocks]
    pools = [one.pool for one in each]
    named = {one: one.pool if pools.count(one.pool) == 1 else f"{one.pool} {one.name}" for one in each}
    labels = list(named.values())
    return {
        one: visible(label if labels.count(label) == 1 else f"{label} {gigabytes(one.device_bytes)} GB")
        for one, label in named.items()
    }


def _unplaced(placement: Placement, screen: Screen) -> Iterator[str]:
    """Yield each model without a place, with the reason, and that of each pool where it does not run."""
    models = [model for model in placement.models if not model.is_placed]
    labels = _labels(placement)
    if models:
        yield _heading("Not placed", screen)
    for model in models:
        yield from folded(visible(f"{model.subject}: {model.problem}"), screen)
        runs = any(option.gpus for option in model.options)
        for option in () if runs else model.options:
            if option.problem != model.problem:
                yield from folded(visible(f"{labels[option.devices]}: {option.problem}"), screen, indent="    ")


def _fitting(placement: Placement, screen: Screen) -> str:
    """Return how many replicas of each model fit: a column for each kind of GPU of each pool."""
    models = [model for model in placement.models if model.options]
    if not models:
        return ""
    labels = _labels(placement)
    ids = Column("MODEL", visible_column([model.subject for model in models]), is_id=True)
    cells = [Column(label, [_fits(model, one) for model in models], to_right=True) for one, label in labels.items()]
    blocks = "\n\n".join(rows_text(block, screen) for block in in_blocks([ids], cells, screen))
    return "\n".join([*folded(_FITTING, screen), blocks])


def _fits(model: PlacedModel, devices: Devices) -> str:
    """Return how many more replicas fit, of how many at once."""
    options = [option for option in model.options if option.devices == devices and option.gpus is not None]
    if not options:
        return "no"
    return f"{sum(option.more for option in options)} of {sum(option.at_once for option in options)}"


def _left(placement: Placement, screen: Screen) -> str:
    """Return the GPUs of each pool: in use, placed on, left."""
    stocks = placement.stocks
    if not stocks:
        return ""
    columns = [
        Column("POOL", visible_column([stock.devices.pool for stock in stocks]), is_id=True),
        Column("GPU", visible_column([stock.devices.name for stock in stocks])),
        Column("GB", [_size(stock.devices) for stock in stocks], to_right=True),
        Column("GPUS", [str(stock.gpus) for stock in stocks], to_right=True),
        Column("IN USE", [str(stock.busy) for stock in stocks], to_right=True),
        Column("PLACED", [str(stock.used) for stock in stocks], to_right=True),
        Column("LEFT", [str(stock.left) for stock in stocks], to_right=True),
        Column("AT MOST", [str(stock.most_left) for stock in stocks], to_right=True),
    ]
    idle = f"{placement.idle_bytes / GB:.1f} GB idle on nodes with models"
    legend = folded(f"GPUs and MIG slices; AT MOST: left on one node. {idle}.", screen)
    return "\n".join([*legend, rows_text(columns, screen)])


def _size(devices: Devices) -> str:
    return gigabytes(devices.device_bytes) if devices.device_bytes else "?"


def _left_out(placement: Placement, screen: Screen) -> Iterator[str]:
    """Yield the nodes on which nothing is placed, counted by pool and reason."""
    counts: dict[tuple[str, str], int] = {}
    for one in placement.left_out:
        counts[one.pool, one.reason] = counts.get((one.pool, one.reason), 0) + one.count
    if counts:
        yield _heading("Nothing is placed on", screen)
    for (pool, reason), number in counts.items():
        yield from folded(visible(f"{pool}, {count(number, 'node')}: {reason}"), screen)
