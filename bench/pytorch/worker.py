"""One case on PyTorch's side, in a process of its own.

    worker.py check FOLDER   computes what the agreement check compares, and ends
    worker.py run FOLDER     warms up, then answers lines of JSON: {"iterations": N} with the milliseconds of each, {"end": true} with peak memory
"""

import json
import multiprocessing
import os
import platform
import resource
import sys
import time

import torch

from cases import CASES
from exchange import Exchange

SEED = 1


def main(mode, folder):
    # The answers have the output to themselves; whatever libraries print goes to the log.
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)

    def answer(**facts):
        print(json.dumps(facts), file=answers, flush=True)

    torch.manual_seed(SEED)
    exchange = Exchange(folder)
    iteration, results = CASES[exchange.setup["kind"]](exchange)
    if mode == "check":
        exchange.write_results(results())
        answer(done=True)
        return
    for _ in range(exchange.setup["warmUps"]):
        iteration()
    answer(ready=True, versions={"Python": platform.python_version(), "PyTorch": torch.__version__}, threads=torch.get_num_threads())
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("end"):
            answer(peakMiB=peak_mib())
            return
        answer(milliseconds=[timed(iteration) for _ in range(request["iterations"])])


def timed(iteration):
    start = time.perf_counter()
    iteration()
    return (time.perf_counter() - start) * 1000


def peak_mib():
    """Peak resident memory of this process and its workers together; pages that they share count for each."""
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        own //= 1024
    return (own + sum(peak_kib(child.pid) for child in multiprocessing.active_children())) / 1024


def peak_kib(process):
    """0 where the system does not tell."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
