"""What others offer to divide a graph; each takes a village and a seed, and labels its units.

These packages have an environment of their own, see `__main__`; one that is not there is told by
the worker. Where a peer does not find a division as even as is asked for, it is asked for less.
"""

import random
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.balance.graph import Floats, Graph, Labels

STEPS = 1_000
ATTEMPTS = 200
"""So many random trees are drawn for one cut before less evenness is asked for."""


def metis(graph: Graph, seed: int, uneven: int = 30) -> Labels:
    """METIS, k-way and contiguous, 3 % uneven as it is by default; street borders weigh less."""
    pymetis = import_module("pymetis")
    if graph.k == 1:
        return np.zeros(graph.units, dtype=np.int64)
    csr = pymetis.CSRAdjacency(graph.start.astype(np.int32), graph.other.astype(np.int32))
    options = pymetis.Options(contig=1, seed=seed, ufactor=uneven)
    done = pymetis.part_graph(
        graph.k, csr, vweights=graph.weight.astype(np.int32), eweights=_whole(graph.cost_m),
        recursive=False, options=options,
    )  # fmt: skip
    return np.asarray(done.vertex_part, dtype=np.int64)


def metis_60(graph: Graph, seed: int) -> Labels:
    """The best of 60: 20 seeds, each 3, 8 and 15 % uneven; most in range, then cheapest borders."""
    tries = [metis(graph, seed + n // 3, (30, 80, 150)[n % 3]) for n in range(60)]
    return min(tries, key=graph.worth)


def kahip(graph: Graph, seed: int) -> Labels:
    """KaHIP's strong preset, 3 % uneven; its Python module cannot be told to keep blocks whole."""
    module = import_module("kahip")
    if graph.k == 1:
        return np.zeros(graph.units, dtype=np.int64)
    _, label = module.kaffpa(
        graph.weight.astype(int).tolist(), graph.start.tolist(), _whole(graph.cost_m).tolist(),
        graph.other.tolist(), graph.k, 0.03, True, seed, module.STRONG,
    )  # fmt: skip
    return np.asarray(label, dtype=np.int64)


def _whole(cost_m: Floats) -> Labels:
    return np.maximum(np.rint(cost_m * 10), 1).astype(np.int32)


def tree(graph: Graph, seed: int) -> Labels:
    """GerryChain's recursive_tree_part, as even as the range asks for, or twice that, or .."""
    low, high = graph.size.tolist()
    allowed = max(min(high / graph.target - 1, 1 - low / graph.target), 0.05)
    label, _ = tree_within(graph, seed, [allowed * 2**n for n in range(8)])
    return label


def even_tree(graph: Graph, seed: int) -> Labels:
    """GerryChain's recursive_tree_part, within 5 % (for the public plans: their own share)."""
    label, _ = tree_within(graph, seed, graph.evenness.tolist())
    return label


def tree_within(graph: Graph, seed: int, evenness: list[float]) -> tuple[Labels, float]:
    """A division by random trees, and how uneven it was allowed to be.

    Raises:
        RuntimeError: none was found.
    """
    gerrychain = import_module("gerrychain")
    trees = import_module("gerrychain.tree")
    parts = import_module("gerrychain.partition.initial_partition_generators")
    if graph.k == 1:
        return np.zeros(graph.units, dtype=np.int64), 1.0
    network = gerrychain.Graph.from_networkx(_network(graph))
    cut = partial(trees.bipartition_tree, max_attempts=ATTEMPTS, warn_attempts=10**6)
    rng = random.Random(seed)
    for epsilon in evenness:
        for _ in range(2):
            try:
                found = parts.recursive_tree_part(
                    network, range(graph.k), graph.target, "weight", epsilon,
                    bipartition_tree_fn=cut, rng=rng,
                )  # fmt: skip
            except (RuntimeError, trees.BalanceError, trees.PopulationBalanceError):
                continue
            return _labels(graph, network, found), epsilon
    raise RuntimeError("no division was found")


def _network(graph: Graph) -> Any:
    network = import_module("networkx").Graph()
    for unit, weight in enumerate(graph.weight.astype(int).tolist()):
        network.add_node(unit, weight=weight)
    owner, other = graph.owner, graph.other
    once = owner < other
    network.add_edges_from(zip(owner[once].tolist(), other[once].tolist(), strict=True))
    return network


def _labels(graph: Graph, network: Any, found: dict[Hashable, Hashable]) -> Labels:
    label = np.empty(graph.units, dtype=np.int64)
    for node, grid in found.items():
        label[network.original_nx_node_id_for_internal_node_id(node)] = grid
    return label


def recom(graph: Graph, seed: int, steps: int = STEPS) -> Labels:
    """GerryChain's ReCom, the best of a chain of 1,000 steps from a division by trees."""
    start, epsilon = tree_within(graph, seed, graph.evenness.tolist())
    if graph.k == 1:
        return start
    return min(chain(graph, start, epsilon, seed, steps), key=graph.worth)


def chain(graph: Graph, start: Labels, epsilon: float, seed: int, steps: int) -> Iterator[Labels]:
    """The divisions of a chain of ReCom steps; it ends early where no step is found."""
    gerrychain = import_module("gerrychain")
    proposals = import_module("gerrychain.proposals")
    trees = import_module("gerrychain.tree")
    partition = gerrychain.Partition(
        gerrychain.Graph.from_networkx(_network(graph)), dict(enumerate(start.tolist())),
        {"weight": gerrychain.updaters.Tally("weight", alias="weight")},
    )  # fmt: skip
    cut = partial(trees.bipartition_tree, max_attempts=ATTEMPTS, warn_attempts=10**6,
                  allow_pair_reselection=True)  # fmt: skip
    propose = proposals.build_recom_proposal_fn(
        "weight", graph.target, epsilon, bipartition_tree_fn=cut
    )
    walk = gerrychain.MarkovChain(
        propose, [], gerrychain.accept.always_accept, partition, steps, rng=seed
    )
    yield start
    try:
        for state in walk:
            yield np.array([state.assignment[unit] for unit in range(graph.units)])
    except (RuntimeError, trees.BalanceError, proposals.tree_proposals.MetagraphError):
        return


def power(graph: Graph, seed: int, rounds: int = 12) -> Labels:
    """A power diagram by minimum-cost flow (OR-tools): units go to near centres that are full at
    the target, centres move to their middle, and so on."""
    flows = import_module("ortools.graph.python.min_cost_flow")
    if graph.k == 1:
        return np.zeros(graph.units, dtype=np.int64)
    spots = np.column_stack([graph.x, graph.y])
    weight = np.maximum(graph.weight.astype(np.int64), 1)
    rng = np.random.default_rng(seed)
    centres = spots[rng.choice(graph.units, graph.k, replace=False)]
    label = np.zeros(graph.units, dtype=np.int64)
    for _ in range(rounds):
        label = _assigned(flows, spots, weight, centres)
        for grid in np.unique(label).tolist():
            centres[grid] = np.average(spots[label == grid], axis=0, weights=weight[label == grid])
    return label


def _assigned(flows: Any, spots: Floats, weight: Labels, centres: Floats) -> Labels:
    """Units to centres; one that is shared goes where most of it is."""
    units, k = len(spots), len(centres)
    away = ((spots[:, None, :] - centres[None]) ** 2).sum(axis=2)
    solver = flows.SimpleMinCostFlow()
    unit, grid = np.repeat(np.arange(units), k), np.tile(np.arange(k), units)
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        unit, units + grid, weight[unit], np.rint(away.ravel() / 10).astype(np.int64)
    )
    total = int(weight.sum())
    capacity = np.full(k, total // k)
    capacity[: total % k] += 1
    solver.set_nodes_supplies(
        np.arange(units + k), np.concatenate([weight, -capacity]).astype(np.int64)
    )
    solver.solve()
    return solver.flows(arcs).reshape(units, k).argmax(axis=1)


def _frame(graph: Graph) -> tuple[Any, Any]:
    """The units as the table and the weights that spopt takes."""
    geopandas, weights = import_module("geopandas"), import_module("libpysal.weights")
    table = geopandas.GeoDataFrame(
        {"x": graph.x, "y": graph.y, "weight": graph.weight},
        geometry=geopandas.points_from_xy(graph.x, graph.y),
    )
    near = np.split(graph.other, graph.start[1:-1])
    return table, weights.W({u: at.tolist() for u, at in enumerate(near)}, silence_warnings=True)


def skater(graph: Graph, seed: int) -> Labels:
    """spopt's SKATER by place; each grid with at least three units or what there is."""
    region = import_module("spopt.region")
    table, near = _frame(graph)
    model = region.Skater(table, near, ["x", "y"], graph.k, floor=1)
    model.solve()
    return np.asarray(model.labels_, dtype=np.int64)


def ward(graph: Graph, seed: int) -> Labels:
    """spopt's Ward clustering by place along contacts."""
    region = import_module("spopt.region")
    table, near = _frame(graph)
    model = region.WardSpatial(table, near, ["x", "y"], graph.k)
    model.solve()
    return np.asarray(model.labels_, dtype=np.int64)


METHODS: dict[str, Callable[[Graph, int], Labels]] = {
    "METIS": metis,
    "METIS, best of 60": metis_60,
    "KaHIP strong": kahip,
    "GerryChain tree": tree,
    "GerryChain tree, 5 %": even_tree,
    "GerryChain ReCom": recom,
    "power diagram": power,
    "spopt SKATER": skater,
    "spopt Ward": ward,
}
