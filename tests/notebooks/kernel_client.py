"""Runs one Jupyter kernel for kernel.ts: requests on standard input, answers on standard output.

Each is a JSON line. Usage: kernel_client.py KERNEL_NAME WORKING_FOLDER
"""

import json
import os
import queue
import sys
import threading

from jupyter_client.manager import start_new_kernel


def main(name, folder):
    # Standard output is for answers only. Text that the kernel itself prints goes to the log.
    answers = os.fdopen(os.dup(1), "w", encoding="utf8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def answer(**fields):
        with lock:
            print(json.dumps(fields), file=answers, flush=True)

    manager, client = start_new_kernel(kernel_name=name, cwd=folder)
    answer(kind="ready")
    work = queue.Queue()

    def execute():
        while (code := work.get()) is not None:
            outputs = []

            def note(message):
                if message["header"]["msg_type"] == "status":
                    return
                output = {"type": message["header"]["msg_type"], **message["content"]}
                outputs.append(output)
                answer(kind="output", output=output)

            reply = client.execute_interactive(
                code, output_hook=note, allow_stdin=False, stop_on_error=False
            )
            answer(kind="done", status=reply["content"]["status"], outputs=outputs)

    worker = threading.Thread(target=execute)
    worker.start()
    try:
        for line in sys.stdin:
            request = json.loads(line)
            if request["kind"] == "execute":
                work.put(request["code"])
            elif request["kind"] == "interrupt":
                manager.interrupt_kernel()
    finally:
        work.put(None)
        manager.shutdown_kernel(now=True)
        worker.join(timeout=1)
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
