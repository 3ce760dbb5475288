"""A Ray cluster of two nodes on this machine, one task each, for ray.test.ts.

Prints the address and the process of each node as a line of JSON. Ends when standard input ends.
Usage: two_nodes.py TEMPORARY_FOLDER
"""

import json
import os
import sys

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_USAGE_STATS_REPORT_URL"] = "http://127.0.0.1:9/"
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
os.environ["RAY_raylet_start_wait_time_s"] = "120"
# Ray writes the address of the newest cluster below this folder. It does not make the folder.
os.environ["RAY_TMPDIR"] = sys.argv[1]
os.makedirs(os.path.join(sys.argv[1], "ray"))

from ray.cluster_utils import Cluster  # noqa: E402

OBJECT_STORE_BYTES = 100 * 2**20
# The head decides after this time that a node is gone.
FAST_CHECKS = {"health_check_period_ms": 1000, "health_check_failure_threshold": 5}
NODE = {"num_cpus": 1, "object_store_memory": OBJECT_STORE_BYTES, "include_dashboard": False}

cluster = Cluster(
    initialize_head=True,
    head_node_args={**NODE, "temp_dir": sys.argv[1], "_system_config": FAST_CHECKS},
)
second = cluster.add_node(**NODE)
cluster.wait_for_nodes(timeout=120)
nodes = [cluster.head_node, second]
processes = [node.all_processes["raylet"][0].process.pid for node in nodes]
print(json.dumps({"address": cluster.address, "processes": processes}), flush=True)
sys.stdin.read()
cluster.shutdown()
