"""The three things as tools of agent frameworks. A framework is imported only by the function that serves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from holdshort.agents.client import Holdshort, NotAsked

Tool = Callable[..., dict[str, Any]]


def plain_tools(house: Holdshort) -> tuple[Tool, Tool, Tool]:
    """The tools as typed functions, which every framework takes."""

    def propose_action(
        onboarding: int, kind: str, payload: dict[str, Any], about: str = ""
    ) -> dict[str, Any]:
        """Ask Holdshort for an action on a customer's onboarding. It runs once people and rules allow it; never do it yourself.

        Args:
            onboarding: The number of the onboarding.
            kind: The kind of action, such as create_kickoff_tasks or send_customer_message.
            payload: Exactly what would be written or sent. People approve these very bytes.
            about: Tells two actions of the same content apart.
        """
        return _told(lambda: house.propose(onboarding, kind, payload, about).to_json())

    def read_verdict(action: str) -> dict[str, Any]:
        """Read where a proposed action stands: released, needs review, held or not due, and why.

        Args:
            action: The action, such as 12/a3.
        """
        return _told(lambda: house.verdict(action).to_json())

    def wait_for_verdict(action: str, seconds: int = 300) -> dict[str, Any]:
        """Wait until an action is carried out or stopped, or the time is over.

        Args:
            action: The action, such as 12/a3.
            seconds: How long to wait at most, up to an hour.
        """
        return _told(lambda: house.wait(action, seconds).to_json())

    return propose_action, read_verdict, wait_for_verdict


def openai_agents_tools(house: Holdshort) -> list[Any]:
    """For the OpenAI Agents SDK: `Agent(tools=openai_agents_tools(house))`."""
    from agents import function_tool  # type: ignore[import-not-found,unused-ignore]  # theirs, where it is installed

    return [function_tool(each, strict_mode=False) for each in plain_tools(house)]


def langgraph_tools(house: Holdshort) -> list[Any]:
    """For LangGraph and LangChain: `create_react_agent(model, langgraph_tools(house))`."""
    from langchain_core.tools import StructuredTool  # type: ignore[import-not-found,unused-ignore]  # as above

    return [StructuredTool.from_function(each, parse_docstring=True) for each in plain_tools(house)]


def pydantic_ai_tools(house: Holdshort) -> list[Any]:
    """For pydantic-ai: `Agent(model, tools=pydantic_ai_tools(house))`."""
    from pydantic_ai import Tool as PydanticTool

    return [PydanticTool(each, takes_ctx=False) for each in plain_tools(house)]


def _told(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A refusal is an answer that an agent reads; it is no reason to break off."""
    try:
        return ask()
    except NotAsked as refused:
        return {"refused": str(refused), "code": refused.code}
