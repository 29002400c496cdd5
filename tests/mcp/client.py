"""Drives `memtui mcp` with the official Python SDK, as an agent's host does: a session from the first recall to a request
to forget. Prints what was asked and answered, as docs/mcp.md shows it: what is another one in every session (times, the
session's name) stands there as in one of them. Ends with an error at the first answer that is not as it should be.

usage: client.py MEMTUI PROJECT_DIRECTORY
"""

import asyncio
import json
import re
import sys
import textwrap

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client


WIDTH = 118
TOKEN = "ghp_Zk3qX9vT1mB7wR5nD2sL8cY4hJ6gF0aPuEiO"


class Transcript:
    """What was said, in lines of a page."""

    def __init__(self):
        self.noted = False

    def plain(self, said):
        said = json.dumps(said, ensure_ascii=False) if not isinstance(said, str) else said
        said = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "2026-11-20T16:34:19Z", said)
        said = re.sub(r"codex-\d+-\d+", "codex-1795192459000-4711", said)
        return said.replace(TOKEN, TOKEN[:8] + "…")

    def wrapped(self, text, indent):
        lines = textwrap.wrap(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
        print("\n".join(lines))

    def asked(self, tool, arguments):
        print()
        self.wrapped(self.plain(f"> {tool} {json.dumps(arguments, ensure_ascii=False)}"), "  ")

    def answered(self, said):
        if isinstance(said, dict) and self.noted:
            said = {name: value for name, value in said.items() if name != "note"}
        self.noted = self.noted or (isinstance(said, dict) and "note" in said)
        self.wrapped(self.plain(said), "")


async def main(memtui, directory):
    server = StdioServerParameters(
        command=memtui, args=["mcp", "--agent", "codex"], cwd=directory, env=dict(__import__("os").environ)
    )
    async with stdio_client(server) as (reading, writing):
        async with ClientSession(reading, writing) as session:
            await talk(session)


async def talk(session):
    hello = await session.initialize()
    info = getattr(hello, "server_info", None) or hello.serverInfo
    print(f"connected to {info.name} {info.version}")
    assert info.name == "memtui" and "Recall before" in hello.instructions
    offered = [tool.name for tool in (await session.list_tools()).tools]
    print("tools:", ", ".join(offered))
    transcript = Transcript()
    assert offered == ["recall_memory", "write_memory", "update_memory", "propose_change", "forget_request"]

    async def call(tool, fails=False, **arguments):
        answer = await session.call_tool(tool, arguments)
        failed = bool(getattr(answer, "is_error", None) or getattr(answer, "isError", None))
        said = getattr(answer, "structured_content", None) or getattr(answer, "structuredContent", None)
        said = said or answer.content[0].text
        transcript.asked(tool, arguments)
        transcript.answered(said)
        assert failed == fails, said
        return said

    none = await call("recall_memory", query="how are deploys done")
    assert none["memories"] == []
    fact = {
        "title": "Deploys go through the queue",
        "text": "Deploys of the shop go through the merge queue; pushing to main by hand breaks the staging database.",
        "kind": "decision",
        "tags": ["deploy"],
        "evidence": "docs/deploy.md, confirmed by the owner",
        "confidence": 0.9,
    }
    written = await call("write_memory", **fact)
    assert written["status"] == "written"
    assert (await call("write_memory", **fact | {"text": fact["text"].upper()}))["status"] == "known"
    near = fact["text"].replace("by hand ", "")
    assert (await call("write_memory", text=near, title=fact["title"]))["status"] == "known"
    assert "GitHub token" in await call("write_memory", fails=True, text=f"The deploy key is {TOKEN}.")
    waits = await call("write_memory", text="Prefers short answers without preamble.", kind="preference", scope="user")
    assert waits["status"] == "waits"
    index = await call("recall_memory", query="how do deploys reach staging?")
    assert [line["id"] for line in index["memories"]] == [written["id"]]
    assert index["memories"][0]["confidence"] == 0.9 and index["memories"][0]["confidence_source"] == "stated"
    around = await call("recall_memory", around=written["id"])
    assert around["memories"][0]["here"] is True
    whole = await call("recall_memory", ids=[written["id"], "shared:memory/999"])
    assert whole["memories"][0]["text"] == fact["text"] and whole["missing"] == ["shared:memory/999"]
    changed = await call("update_memory", id=written["id"], tags=["deploy", "queue"], reason="found by more words")
    assert changed["status"] == "written"
    merge = await call(
        "propose_change",
        label="normalise",
        reason="A title that says when.",
        steps=[{"do": "edit", "id": written["id"], "set": {"title": "Since 2026 deploys go through the queue"}}],
    )
    assert merge["status"] == "waits"
    assert (await call("forget_request", id=written["id"], reason="The queue was replaced."))["status"] == "waits"


asyncio.run(main(*sys.argv[1:]))
