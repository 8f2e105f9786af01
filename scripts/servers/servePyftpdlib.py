"""pyftpdlib as it is shipped, one process for each session, configured by a JSON file: see pyftpdlib.mjs."""

import json
import os
import sys
import warnings

# asyncore and asynchat, on which pyftpdlib rests, announce their end in each process.
warnings.simplefilter("ignore", DeprecationWarning)

from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import MultiprocessFTPServer

with open(sys.argv[1], encoding="utf-8") as file:
    settings = json.load(file)

authorizer = DummyAuthorizer()
authorizer.add_user(settings["user"], settings["password"], settings["home"], perm="elradfmwMT")
if settings["anonymous"] is not None:
    authorizer.add_anonymous(settings["anonymous"])

handler = FTPHandler
if settings["tls"] is not None:
    from pyftpdlib.handlers import TLS_FTPHandler

    handler = TLS_FTPHandler
    handler.certfile = settings["tls"]
    handler.tls_control_required = True
    handler.tls_data_required = True

handler.authorizer = authorizer
handler.proto_cmds = {verb: how for verb, how in handler.proto_cmds.items() if verb not in settings["deny"]}
if settings["banner"] is not None:
    handler.banner = settings["banner"]
# A wrong password is answered at once.
handler.auth_failed_timeout = 0

server = MultiprocessFTPServer((settings["host"], settings["port"]), handler)
# Its own limit for each address does not count across processes. All clients here come from one address.
if settings["maxPerClient"] > 0:
    server.max_cons = settings["maxPerClient"] - 1

# The files are the user's, and what the user may not do the process can't.
os.setgroups([])
os.setgid(settings["uid"])
os.setuid(settings["uid"])
os.umask(0o022)

server.serve_forever(handle_exit=True)
