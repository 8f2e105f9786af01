"""Accepts connections and gives each to a new process of a server that serves one, as inetd does: see inetutils.mjs.

    inetd.py HOST PORT PROGRAM [ARGUMENT...]
"""

import os
import signal
import socket
import sys

host, port, *command = sys.argv[1:]
# The system takes the children away when they end.
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((host, int(port)))
listener.listen(128)
while True:
    client, _ = listener.accept()
    if os.fork() == 0:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        listener.close()
        os.dup2(client.fileno(), 0)
        os.dup2(0, 1)
        os.execv(command[0], command)
    client.close()
