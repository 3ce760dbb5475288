"""Measures the time from the start of a kernel to the first plot. Each iteration starts a kernel and runs one cell.

    kernel_start.py KERNEL FOLDER CELL_FILE     answers requests like pytorch/worker.py
"""

import json
import os
import platform
import resource
import sys
import time
from pathlib import Path

from jupyter_client.manager import start_new_kernel

PLOT = "application/vnd.plotly.v1+json"
LONGEST_SECONDS = 120


def main(kernel, folder, cell_file):
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)
    cell = Path(cell_file).read_text()

    def answer(**message):
        print(json.dumps(message), file=answers, flush=True)

    answer(ready=True, versions={"Python": platform.python_version()}, threads=None)
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("end"):
            # The peak memory of the largest child process, which is the kernel.
            unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
            answer(peakMiB=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit)
            return
        answer(milliseconds=[first_plot(kernel, folder, cell) for _ in range(request["iterations"])])


def first_plot(kernel, folder, cell):
    start = time.perf_counter()
    plots = []

    def note(message):
        content = message["content"]
        if message["header"]["msg_type"] == "error":
            raise RuntimeError("\n".join(content["traceback"]))
        if PLOT in content.get("data", {}) and not plots:
            plots.append(time.perf_counter())

    manager, client = start_new_kernel(kernel_name=kernel, cwd=folder)
    try:
        reply = client.execute_interactive(cell, output_hook=note, allow_stdin=False, timeout=LONGEST_SECONDS)
        if reply["content"]["status"] != "ok" or not plots:
            raise RuntimeError(f"the kernel {kernel} drew no plot: {reply['content']}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    return (plots[0] - start) * 1000


if __name__ == "__main__":
    main(*sys.argv[1:])
