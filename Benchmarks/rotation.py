"""How fast a tenant's key is replaced: every patient's key is wrapped anew, beside a running server."""
import json


def rotate(args, Data, Server, figure):
    """Keys in a minute. The server goes on reading and writing; the rotation is another process, so another node."""
    data = Data(args)
    with Server(data, data.prepare()) as server:
        server.settle()
        told = json.loads(data.run("keys", "rotate", "--tenant", "bench", "--node", "7", "--json", quiet=True))
    figure("rotate", told["keys"] / told["seconds"] * 60, "keys/min", args, n=1, keys=told["keys"], seconds=told["seconds"],
           version=told["version"])
