"""Runs commands as tasks on Ray, for scripts/ray/run-tasks.ts.

The first line of standard input is the request, as JSON: {"address": "HOST:PORT" or null,
"temporary": FOLDER, "resources": {"num_cpus": N, "num_gpus": N, "memory": BYTES},
"tasks": [{"command": [PROGRAM, ...], "folder": FOLDER, "lock": FILE, "log": FILE,
"environment": {NAME: VALUE}}]}. Without an address a Ray on this machine is started and stopped.

Every event is a line of JSON on standard output. When standard input ends, the driver stops all
tasks, and ends when they have saved what they have.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time

# Ray reads its variables while it is imported. With the statistics off, Ray still sends a report
# that they are off. The second variable leads it to a port of this machine where nobody listens.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_USAGE_STATS_REPORT_URL"] = "http://127.0.0.1:9/"
# Seconds. Ray waits 30 for its processes, which is too short on a machine with other work.
os.environ.setdefault("RAY_raylet_start_wait_time_s", "60")

LOOPBACK = "127.0.0.1"
# A process of Ray sometimes ends while Ray starts on a busy machine.
START_TRIES = 3
POLL_SECONDS = 0.5
# A command that is stopped finishes its step and writes a checkpoint.
STOP_SECONDS = 120
# How often Ray starts a task again whose process or node is gone.
RETRIES = 5
# The tasks pass nothing through Ray's memory. Ray accepts little less.
OBJECT_STORE_BYTES = 100 * 2**20
MESSAGE_CHARACTERS = 2000
# Shells add this number to that of the signal that ended a program.
SIGNAL_STATUS = 128


# Ray prints on standard output what it has to say. That goes to standard error instead.
events = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf8")


def report(**event):
    try:
        print(json.dumps(event), file=events, flush=True)
    except BrokenPipeError:
        # Standard input has ended too: the driver stops.
        pass


def main():
    request = json.loads(sys.stdin.readline())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    stop, connected = threading.Event(), threading.Event()
    threading.Thread(target=stop_at_end_of_input, args=(stop, connected), daemon=True).start()
    if not request["address"]:
        make_private()
    if (request["address"] or LOOPBACK).startswith((LOOPBACK, "localhost:")):
        # On Linux Ray takes the address of the network, unless clusters are turned off.
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
    import ray

    try:
        connect(ray, request)
        connected.set()
        require_resources(ray, request)
        run_tasks(ray, request, stop)
    except Exception as error:  # Ray raises errors of many types, for example of a wrong address.
        report(kind="error", message=str(error))
        return 1
    finally:
        ray.shutdown()
    return 0


def stop_at_end_of_input(stop, connected):
    sys.stdin.read()
    stop.set()
    if not connected.is_set():
        # Ray may wait for minutes while it connects. Its reaper ends the processes of a new Ray.
        os._exit(0)


def make_private():
    """Lets a new Ray answer only with a token that nobody else knows."""
    os.environ["RAY_AUTH_MODE"] = "token"
    os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
    os.environ.pop("RAY_ADDRESS", None)


def connect(ray, request):
    options = {"log_to_driver": False, "logging_level": "ERROR"}
    if request["address"]:
        ray.init(address=request["address"], **options)
        return
    for left in reversed(range(START_TRIES)):
        try:
            ray.init(
                include_dashboard=False,
                object_store_memory=OBJECT_STORE_BYTES,
                _temp_dir=request["temporary"],
                **options,
            )
            return
        except Exception as error:
            ray.shutdown()
            if not left:
                raise
            report(kind="note", message=f"Ray did not start ({error}); another try.")


def require_resources(ray, request):
    """Says that no node has what one task needs. A cluster may get such a node later."""
    names = {"num_cpus": "CPU", "num_gpus": "GPU", "memory": "memory"}
    needed = {names[key]: value for key, value in request["resources"].items()}
    nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    if any(all(node.get(name, 0) >= value for name, value in needed.items()) for node in nodes):
        return
    message = f"no node of Ray has what one task needs ({resource_text(needed)}); the nodes have " + (
        "; ".join(resource_text(node) for node in nodes)
    )
    if not request["address"]:
        raise ValueError(message)
    report(kind="note", message=f"{message}. The tasks wait for such a node.")


def resource_text(resources):
    return (
        f"{resources.get('CPU', 0):g} cores, {resources.get('memory', 0) / 2**30:.1f} GiB, "
        f"{resources.get('GPU', 0):g} GPUs"
    )


def run_tasks(ray, request, stop):
    here = ray.util.scheduling_strategies.NodeAffinitySchedulingStrategy(
        ray.get_runtime_context().get_node_id(), soft=False
    )
    board = ray.remote(num_cpus=0)(Board).options(scheduling_strategy=here).remote()
    run = ray.remote(
        max_retries=RETRIES,
        # The command was killed, and not the process of Ray that started it.
        retry_exceptions=[ChildProcessError],
        scheduling_strategy="SPREAD",
        **request["resources"],
    )(run_command)
    # The number of threads decides the last digits of results: all nodes compute with the number
    # that the command has on this machine without Ray.
    threads = {"TF_NUM_INTRAOP_THREADS": str(available_cores())}
    pending = {}
    for index, task in enumerate(request["tasks"]):
        environment = {**threads, **task["environment"]}
        reference = run.remote(index, {**task, "environment": environment}, board)
        pending[reference] = index
    names = NodeNames(ray)
    while pending and not stop.is_set():
        ready, _ = ray.wait(list(pending), timeout=POLL_SECONDS)
        report_events(ray, board, names)
        for reference in ready:
            report_end(ray, reference, pending.pop(reference))
    for reference in pending:
        ray.cancel(reference)
    if pending:
        ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=STOP_SECONDS)
        for reference in ready:
            report_end(ray, reference, pending.pop(reference))


def available_cores():
    """The cores that TensorFlow counts when no variable names a number."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


class Board:
    """Collects the events of tasks on all nodes."""

    def __init__(self):
        self.events = []

    def add(self, event):
        self.events.append(event)

    def take(self):
        events, self.events = self.events, []
        return events


class NodeNames:
    """The host of a node; with a number when several nodes are on one host."""

    def __init__(self, ray):
        self.ray = ray
        self.names = {}

    def of(self, node_id):
        if node_id not in self.names:
            hosts = {node["NodeID"]: node["NodeManagerHostname"] for node in self.ray.nodes()}
            host = hosts.get(node_id, node_id[:8])
            number = 1 + sum(name.split("#")[0] == host for name in self.names.values())
            self.names[node_id] = host if number == 1 else f"{host}#{number}"
        return self.names[node_id]


def report_events(ray, board, names):
    for event in ray.get(board.take.remote()):
        report(**{**event, "node": names.of(event["node"])})


def report_end(ray, reference, index):
    try:
        report(kind="ended", task=index, **ray.get(reference))
    except ray.exceptions.TaskCancelledError:
        report(kind="stopped", task=index)
    except ray.exceptions.RayError as error:
        cause = getattr(error, "cause", None)
        if isinstance(cause, KeyboardInterrupt):
            report(kind="stopped", task=index)
        else:
            message = str(cause or error)[:MESSAGE_CHARACTERS]
            report(kind="ended", task=index, status=1, message=message)


def run_command(index, task, board):
    """Runs the command of one task, on the node that Ray chose."""
    import ray

    release_lock(task["lock"], ray.nodes)
    context = ray.get_runtime_context()
    board.add.remote(
        {"kind": "started", "task": index, "node": context.get_node_id(), "process": os.getpid()}
    )
    # Ray sets variables for its own processes, among them its token and a number of threads.
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("RAY_") and name != "OMP_NUM_THREADS"
    }
    program, *parameters = task["command"]
    # The path of Node on the first machine may not exist on this one.
    command = [program if os.path.exists(program) else os.path.basename(program), *parameters]
    os.makedirs(os.path.dirname(task["log"]), exist_ok=True)
    with open(task["log"], "wb") as log:
        process = subprocess.Popen(
            command,
            cwd=task["folder"],
            # When this process is killed, the command saves what it has, and ends.
            env={**inherited, **task["environment"], "FRCNN_PARENT": str(os.getpid())},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            # Ray can interrupt Python code, but no call of the system that waits.
            while process.poll() is None:
                time.sleep(POLL_SECONDS)
        except KeyboardInterrupt:
            process.terminate()
            process.wait(STOP_SECONDS)
            raise
    status = process.returncode
    if status < 0 or status > SIGNAL_STATUS:
        raise ChildProcessError(f"the command was killed again and again (status {status})")
    return {"status": status, "message": last_paragraph(task["log"]) if status else ""}


def last_paragraph(path):
    """A command prints an empty line and then its error."""
    with open(path, encoding="utf8", errors="replace") as file:
        return file.read().strip().split("\n\n")[-1][-MESSAGE_CHARACTERS:]


def release_lock(path, list_nodes):
    """Waits until an earlier process of the task has released its folder.

    The process of a node that is gone cannot release it: its lock is removed. The command itself
    takes over the lock of a process that has ended on this host, and refuses any other.
    """
    end = time.monotonic() + STOP_SECONDS
    while time.monotonic() < end:
        try:
            with open(path, encoding="utf8") as file:
                holder = json.load(file)
        except OSError:
            # There is none, or the command itself says what is wrong with the folder.
            return
        except ValueError:
            # It is being written.
            time.sleep(POLL_SECONDS)
            continue
        if holder["host"] == socket.gethostname() and not is_running(holder["pid"]):
            return
        nodes = [node for node in list_nodes() if node["NodeManagerHostname"] == holder["host"]]
        if nodes and not any(node["Alive"] for node in nodes):
            os.remove(path)
            return
        time.sleep(POLL_SECONDS)


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


if __name__ == "__main__":
    sys.exit(main())
