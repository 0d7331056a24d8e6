"""`[assist]` in playbook.toml: which model helps, how it is reached, and how much it may be asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from holdshort.core.diagnostics import did_you_mean

Fault = Callable[[str, str, str, str], None]
"""Takes code, message, place and mend."""
Provider = Literal["built-in", "openai", "anthropic", "azure", "compatible"]
PROVIDERS: tuple[Provider, ...] = ("built-in", "openai", "anthropic", "azure", "compatible")
_SAFE_ADDRESS = re.compile(
    r"(?:https://[A-Za-z0-9.-]+|http://(?:127\.0\.0\.1|localhost|\[::1\]))(?::\d{1,5})?(?:/[\w./~%-]*)?"
)
_ENVIRONMENT = re.compile(r"[A-Z_][A-Z0-9_]{0,99}")
_KEYS = (
    "provider", "model", "base_url", "api_version", "key_env", "output", "timeout_seconds", "tokens_per_call",
    "tokens_per_day", "cents_per_million_tokens", "redact",
)  # fmt: skip
_PLACE = "assist"


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """
    The model that assist may ask; `built-in` asks none.

    `compatible` is any server that speaks OpenAI's protocol, such as Ollama or vLLM, at `base_url`. `key_env` names the
    environment variable with the provider's key. `output`: `schema` makes the provider keep to a JSON Schema, `prompted`
    only asks for it, for servers that cannot. `tokens_per_day` of 0 is no limit. `cents_per_million_tokens` turns tokens
    into money for the log, in hundredths of the provider's currency.
    """

    provider: Provider = "built-in"
    model: str = ""
    base_url: str = ""
    api_version: str = ""
    key_env: str = ""
    output: Literal["schema", "prompted"] = "schema"
    timeout_s: float = 30.0
    tokens_per_call: int = 4_000
    tokens_per_day: int = 500_000
    cents_per_million_tokens: int = 0
    redact: bool = True

    @property
    def asks_a_model(self) -> bool:
        return self.provider != "built-in"

    @property
    def name(self) -> str:
        """As the log names it: `openai gpt-5-mini`."""
        return f"{self.provider} {self.model}" if self.asks_a_model else "built-in"


def read_model(table: Mapping[str, Any] | None, fault: Fault) -> ModelSettings:
    """Return what `[assist]` says. With any fault the built-in assistant is used: nothing is sent anywhere by guess."""
    if table is None:
        return ModelSettings()
    found: list[str] = []

    def wrong(message: str, key: str, mend: str) -> None:
        found.append(key)
        fault("PLAY-061", message, f"{_PLACE} > {key}", mend)

    for key in table:
        if key not in _KEYS:
            near = did_you_mean(str(key), _KEYS)
            wrong(
                f"`{key}` is no setting of assist",
                str(key),
                f"did you mean `{near}`?" if near else f"choose from {', '.join(_KEYS)}",
            )
    provider = table.get("provider", "built-in")
    if provider not in PROVIDERS:
        wrong(f"`{provider}` is no provider", "provider", f"choose from {', '.join(PROVIDERS)}")
    made = ModelSettings(
        provider if provider in PROVIDERS else "built-in",
        _text(table, "model", wrong),
        _text(table, "base_url", wrong),
        _text(table, "api_version", wrong),
        _text(table, "key_env", wrong),
        "prompted" if table.get("output", "schema") == "prompted" else "schema",
        float(_number(table, "timeout_seconds", 30, 1, 300, wrong)),
        int(_number(table, "tokens_per_call", 4_000, 100, 200_000, wrong)),
        int(_number(table, "tokens_per_day", 500_000, 0, 10_000_000_000, wrong)),
        int(_number(table, "cents_per_million_tokens", 0, 0, 10_000_000, wrong)),
        table.get("redact", True) is not False,
    )
    if table.get("output", "schema") not in ("schema", "prompted"):
        wrong(f"`{table['output']}` is no kind of output", "output", "choose `schema` or `prompted`")
    _check_reach(made, wrong)
    return ModelSettings() if found else made


def _check_reach(made: ModelSettings, wrong: Callable[[str, str, str], None]) -> None:
    if not made.asks_a_model:
        return
    if not made.model:
        wrong("no model is named", "model", "write the provider's name of it, such as `gpt-5-mini`")
    if made.provider in ("compatible", "azure") and not made.base_url:
        wrong(
            "nothing says where the model is reached",
            "base_url",
            "write its address, such as `http://127.0.0.1:11434/v1`",
        )
    if made.base_url and not _SAFE_ADDRESS.fullmatch(made.base_url):
        wrong(
            "the address is not safe to send customers' words to",
            "base_url",
            "write `https://…` without a user name; `http://` only for this machine",
        )
    if made.key_env and not _ENVIRONMENT.fullmatch(made.key_env):
        wrong(
            f"`{made.key_env}` is no name of an environment variable",
            "key_env",
            "write a name such as `HOLDSHORT_MODEL_KEY`, never the key itself",
        )
    if made.provider != "compatible" and not made.key_env:
        wrong(
            "nothing says where the key is",
            "key_env",
            "name the environment variable that holds it, such as `HOLDSHORT_MODEL_KEY`",
        )


def _text(table: Mapping[str, Any], key: str, wrong: Callable[[str, str, str], None]) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        wrong(f"`{value}` is no text", key, "write it between quotes")
        return ""
    return value.strip()


def _number(
    table: Mapping[str, Any],
    key: str,
    usual: float,
    least: float,
    most: float,
    wrong: Callable[[str, str, str], None],
) -> float:
    value = table.get(key, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        wrong(f"`{value}` is no number from {least:g} to {most:g}", key, f"write a number such as {usual:g}")
        return usual
    return value
