"""Asks one model through pydantic-ai: structured output, limits, and no tools. Runs in a process of its own."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

TRIES = 2
"""How often a model may mend an answer that does not keep to the schema."""


def ask(settings: Mapping[str, Any], key: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """
    Ask once.

    Args:
        settings: provider, model, base_url, api_version, output, tokens_per_call, timeout_s.
        key: The provider's key; empty where the server wants none.
        request: `task` (ours), `sources` (the customer's words, as data) and `schema` (JSON Schema of the answer).

    Returns:
        `text`: the answer as JSON, `tokens`: all of them; or `away`: why there is no answer.
    """
    from pydantic_ai import Agent, NativeOutput, PromptedOutput, StructuredDict, UsageLimits
    from pydantic_ai.exceptions import AgentRunError, UserError

    shape = StructuredDict(
        json.loads(request["schema"]), name="suggestion", description="What was asked for."
    )
    output: Any = (
        PromptedOutput(shape) if settings["output"] == "prompted" else NativeOutput(shape, strict=False)
    )
    agent: Any = Agent(
        _model(settings, key),
        output_type=output,
        instructions=request["task"],
        retries=TRIES,
        model_settings={
            "temperature": 0.0, "timeout": settings["timeout_s"], "max_tokens": settings["tokens_per_call"],
        },
    )  # fmt: skip
    limits = UsageLimits(
        request_limit=TRIES + 1, output_tokens_limit=(TRIES + 1) * int(settings["tokens_per_call"])
    )
    try:
        result = agent.run_sync(request["sources"], usage_limits=limits)
    except (AgentRunError, UserError) as error:
        return {"away": f"{type(error).__name__}: {str(error)[:300]}"}
    usage = result.usage() if callable(result.usage) else result.usage
    return {
        "text": json.dumps(result.output, ensure_ascii=False),
        "tokens": int(usage.input_tokens or 0) + int(usage.output_tokens or 0),
    }


def endpoint(settings: Mapping[str, Any]) -> str:
    """The address to which questions go."""
    usual = {"openai": "https://api.openai.com/v1", "anthropic": "https://api.anthropic.com"}
    return str(settings["base_url"] or usual.get(settings["provider"], ""))


def _model(settings: Mapping[str, Any], key: str) -> Any:
    name, url = settings["model"], endpoint(settings)
    if settings["provider"] == "anthropic":
        from pydantic_ai.models.anthropic import AnthropicModel
        from pydantic_ai.providers.anthropic import AnthropicProvider

        return AnthropicModel(name, provider=AnthropicProvider(api_key=key, base_url=url))
    from pydantic_ai.models.openai import OpenAIChatModel

    if settings["provider"] == "azure":
        from pydantic_ai.providers.azure import AzureProvider

        return OpenAIChatModel(
            name, provider=AzureProvider(azure_endpoint=url, api_version=settings["api_version"], api_key=key)
        )
    from pydantic_ai.providers.openai import OpenAIProvider

    return OpenAIChatModel(name, provider=OpenAIProvider(base_url=url, api_key=key or "none"))
