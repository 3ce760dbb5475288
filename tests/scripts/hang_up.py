"""Runs a command in a terminal of its own, and closes the terminal when a text appears.

Usage: hang_up.py TEXT COMMAND...
Prints what the command wrote to the terminal until then, and its exit status or -1 times the
number of the signal that ended it.
"""

import os
import pty
import sys

text, command = sys.argv[1].encode(), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(command[0], command)
output = b""
while text not in output:
    try:
        chunk = os.read(terminal, 65536)
    except OSError:
        chunk = b""
    if not chunk:
        break
    output += chunk
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(output.decode(errors="replace"))
print("STATUS", os.waitstatus_to_exitcode(status))
