"""When the jobs would end on so many GPUs: list scheduling, the job with the longest way to the end first."""

from heapq import heappop, heappush


def makespan(taken: list[float], sizes: list[int], needed: list[list[int]], capacity: float) -> float:
    """Wall time of jobs that are listed after those they need (Graham's list scheduling by critical path).

    Args:
        taken: seconds of each job.
        sizes: units that each occupies; none for jobs that compete for nothing.
        needed: for each job the places of those that must end before it begins.
        capacity: units there are; infinity gives the critical path.
    """
    if max(sizes, default=0) > capacity:
        raise ValueError("a job is larger than the machine")
    children: list[list[int]] = [[] for _ in taken]
    for at, those in enumerate(needed):
        for parent in those:
            children[parent].append(at)
    rest = [0.0] * len(taken)
    for at in range(len(taken) - 1, -1, -1):
        rest[at] = taken[at] + max((rest[child] for child in children[at]), default=0.0)
    waiting = [len(those) for those in needed]
    ready: dict[int, list[tuple[float, int]]] = {size: [] for size in sorted(set(sizes))}
    running: list[tuple[float, int]] = []
    for at, count in enumerate(waiting):
        if not count:
            heappush(ready[sizes[at]], (-rest[at], at))
    now, free = 0.0, capacity
    while True:
        while fitting := [heap[0] for size, heap in ready.items() if heap and size <= free]:
            _, at = min(fitting)
            heappop(ready[sizes[at]])
            free -= sizes[at]
            heappush(running, (now + taken[at], at))
        if not running:
            return now
        now, at = heappop(running)
        free += sizes[at]
        for child in children[at]:
            waiting[child] -= 1
            if not waiting[child]:
                heappush(ready[sizes[child]], (-rest[child], child))
