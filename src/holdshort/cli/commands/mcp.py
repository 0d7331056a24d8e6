"""`holdshort mcp`: what an agent that speaks MCP may do here."""

from __future__ import annotations

import os

import click

KEY = "HOLDSHORT_API_KEY"


@click.command("mcp")
@click.option(
    "--url",
    default="http://127.0.0.1:8765",
    show_default=True,
    metavar="URL",
    help="Where Holdshort is served.",
)
@click.option(
    "--key-env",
    default=KEY,
    show_default=True,
    metavar="NAME",
    help="The environment variable with a service key of the scope actions:propose.",
)
def command(url: str, key_env: str) -> None:
    """Let an AI agent propose actions, read their verdicts and wait, over MCP on standard input and output.

    It is started by the agent's host program. The agent can do nothing else: it approves nothing and carries nothing out.

    Exit code 0: the host closed it; 2: no key, or the MCP library is not installed (`pip install 'holdshort[agents]'`).
    """
    from holdshort.agents.client import Holdshort, NotAsked
    from holdshort.agents.mcp_server import make_server

    key = os.environ.get(key_env, "")
    if not key:
        raise click.UsageError(
            f"the environment variable {key_env} holds no key; an admin makes one with `holdshort api-key add`"
        )
    try:
        server = make_server(Holdshort(url, key))
    except NotAsked as refused:
        raise click.UsageError(str(refused)) from refused
    except ModuleNotFoundError as missing:
        raise click.UsageError("install the MCP library: pip install 'holdshort[agents]'") from missing
    server.run()
