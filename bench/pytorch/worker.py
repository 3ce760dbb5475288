"""Runs one case on PyTorch's side.

    worker.py check FOLDER   writes the results that are compared
    worker.py run FOLDER     warms up and then answers requests, which are lines of JSON:
                             {"iterations": N} with the milliseconds of each iteration, {"end": true} with the peak memory
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
    # Only answers go to standard output; everything that libraries print goes to stderr.
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)

    def answer(**message):
        print(json.dumps(message), file=answers, flush=True)

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
    """Peak resident memory of this process and its workers. Shared pages count for each process."""
    own_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if sys.platform == "darwin":
        own_kib //= 1024
    return (own_kib + sum(peak_kib(child.pid) for child in multiprocessing.active_children())) / 1024


def peak_kib(process):
    """Peak resident memory of a process; 0 on systems other than Linux."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return 0


if __name__ == "__main__":
    main(*sys.argv[1:])
