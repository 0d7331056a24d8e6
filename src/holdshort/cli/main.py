"""The `holdshort` command. Each subcommand is imported only when it is used, so that `--help` is quick."""

from __future__ import annotations

import sys
from importlib import import_module

import click

# Command, module that defines it, and the line that `--help` shows without importing the module.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": ("demo", "Run a made-up company's onboardings through its register."),
    "init": ("init", "Write a starter playbook into a new folder."),
    "lint": ("lint", "Show everything that is wrong or doubtful in a playbook."),
    "run": ("run", "Say for every record what may go on, what is held, why, and who decides."),
    "explain": ("explain", "Show how a row is understood, and records that do and do not fire it."),
    "test": ("test", "Run the acceptance tests of the register."),
    "mutate": ("mutate", "Break the register on purpose and see which tests notice."),
    "gate": ("gate", "Say whether a lane may go live, and what is left to do."),
    "escapes": ("escapes", "Search for a record on which something goes that must not."),
    "pictures": ("pictures", "Draw the workflow and the go-live checklist of a register."),
    "register": ("register", "Export, import, merge and compare registers."),
    "shadow": ("shadow", "Replay past onboardings: what would have been caught, what held for nothing."),
    "mine": ("mine", "Find in past onboardings why they went wrong, and propose rows."),
    "import": ("import_", "Turn spreadsheets and table exports into records; dry run first."),
    "suggest": ("suggest", "Show what the built-in assistant says about records; it only quotes."),
    "intake": ("intake", "Take records in; what may go on goes on, the rest waits in the inbox."),
    "inbox": ("inbox", "Show the reviews that wait for a person, most urgent first."),
    "show": ("show", "Show where an onboarding, a review or an action stands, and why."),
    "packet": ("packet", "Show or write the review packet of an onboarding, on one page."),
    "serve": ("serve", "Show inbox and reviews in a browser, and carry out what was released."),
    "assist": ("assist", "Ask the assistant about an onboarding; say what became of what it said."),
    "worker": ("worker", "Carry out what was released, remind and escalate; runs until you stop it."),
    "metrics": ("metrics", "Count from the log how well it goes."),
    "pause": ("pause", "Stop everything, one lane or one connector, at once."),
    "resume": ("resume", "Take a pause back; after a restore, lift the quarantine."),
    "publish": ("publish", "Make a playbook the version that runs, after showing what that means."),
    "user": ("user", "Add people, give and take roles, name who stands in for whom."),
    "api-key": ("api_key", "Make, list and revoke the keys with which programs call the API."),
    "audit": ("audit", "Read the log, prove that nobody changed it, hand it out."),
    "doctor": ("doctor", "See whether store, keys, people, targets and clock are in order."),
    "backup": ("backup", "Copy the store while it is in use."),
    "restore": ("restore", "Bring a backup back; nothing leaves before somebody has looked."),
    "erase": ("erase", "Take a person's data out, for good; the log still verifies."),
    "legal-hold": ("legal_hold", "Keep an onboarding's data although somebody asks for its erasure."),
    "accept-route": ("decisions.accept_route", "Decide: the lane, tier and owner of a case are right."),
    "correct-route": ("decisions.correct_route", "Decide: another lane, owner, tier or milestone plan."),
    "request-info": ("decisions.request_info", "Decide: ask somebody for what is missing."),
    "approve-kickoff": ("decisions.approve_kickoff", "Decide: the kickoff may begin."),
    "approve-with-conditions": (
        "decisions.approve_with_conditions",
        "Decide: only these actions, under conditions.",
    ),
    "approve-message": ("decisions.approve_message", "Decide: exactly this text may go to the customer."),
    "reject": ("decisions.reject", "Decide: what waits stops for good."),
    "escalate": ("decisions.escalate", "Decide: somebody else decides."),
    "override": ("decisions.override", "Decide: on despite the warning, with a reason and an owner."),
    "hold": ("hold", "Stop an onboarding because you sense a risk that no row finds."),
    "claim": ("claim", "Take a review, so that nobody else looks at it as well."),
    "reassign": ("reassign", "Give a review to another person."),
    "recall": ("recall", "Take an approval back; what has not run under it does not run."),
    "condition": ("condition", "Say that a condition of an approval has come true."),
    "actions": ("actions", "List actions, ask for one, settle a run of unknown outcome."),
    "onboarding": ("onboarding", "Close an onboarding, or open it again."),
    "mcp": ("mcp", "Let an AI agent propose actions and read verdicts, over MCP."),
    "schema": ("schema", "Print the JSON Schemas of records and answers."),
}

# The order in which `--help` shows them.
SECTIONS: dict[str, tuple[str, ...]] = {
    "Write a register and prove it (works on files alone)": (
        "demo", "init", "lint", "explain", "test", "mutate", "escapes", "gate", "run", "import", "register", "shadow", "mine", "pictures",
        "suggest", "mcp", "schema",
    ),
    "Put it to work": ("user", "publish", "intake", "serve", "worker"),
    "See what waits": ("inbox", "show", "packet", "actions", "assist", "metrics"),
    "Decide a review: the nine decisions": (
        "accept-route", "correct-route", "request-info", "approve-kickoff", "approve-with-conditions", "approve-message",
        "reject", "escalate", "override",
    ),
    "Beside the decisions": ("hold", "claim", "reassign", "recall", "condition", "onboarding"),
    "Keep it safe": ("pause", "resume", "api-key", "doctor", "audit", "backup", "restore", "erase", "legal-hold"),
}  # fmt: skip


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _ = COMMANDS[cmd_name]
        command: click.Command = import_module(f"holdshort.cli.commands.{module}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        left = dict(COMMANDS)
        for title, names in SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, left.pop(name)[1]) for name in names if name in left])
        if left:
            with formatter.section("More commands"):
                formatter.write_dl([(name, text) for name, (_, text) in left.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name and name not in COMMANDS and not name.startswith("-"):
            from holdshort.core.diagnostics import did_you_mean

            near = did_you_mean(name, COMMANDS, 0.6)
            hint = f"Did you mean `{near}`?" if near else "`holdshort --help` lists the commands."
            ctx.fail(f"There is no command `{name}`. {hint}")
        return super().resolve_command(ctx, args)


def _version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"holdshort {version('holdshort')}")
        ctx.exit()


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, callback=_version, expose_value=False, is_eager=True, help="Show the version."
)
def cli() -> None:
    """The checkpoint between "deal closed" and anything an automation or an AI does to a new customer.

    Start with `holdshort demo`, then `holdshort init my-playbook`. Where a command works on a playbook, its folder may come
    first, be named by --playbook or by $HOLDSHORT_PLAYBOOK, or be the one you are in.
    """


def main() -> None:
    """Run the command line; problems that a person has to mend are printed without a traceback, with exit code 2."""
    import gc

    from holdshort.core.diagnostics import HoldshortError

    # A command builds trees that live until it ends; looking through them for rubbish every 700 objects is a waste.
    gc.set_threshold(50_000, 20, 20)
    try:
        cli(standalone_mode=True)
    except HoldshortError as error:
        for diagnostic in error.diagnostics:
            click.echo(str(diagnostic), err=True)
        if "--json" in sys.argv:
            import json

            found = {"errors": [each.to_json() for each in error.diagnostics]}
            click.echo(json.dumps(found, ensure_ascii=False, default=str))
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)
