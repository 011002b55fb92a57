"""The commands of ``python -m matcher``.

Exit codes: 0 done (of ``retrain``: the candidate may go live), 2 bad input, 3 keep the present
model, 4 cannot tell, 5 another retraining is running, 6 warnings that nobody accepted. Results go
to stdout, the rest to stderr.

pandas and scikit-learn cost seconds to import: a command imports what it needs when it runs.
"""

from __future__ import annotations

import click

from matcher.cli import ask, data, plan, study, versions
from matcher.vocabulary import LANGUAGES, Language


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--lang",
    type=click.Choice(LANGUAGES),
    default="nl",
    show_default=True,
    help="Language of faults and findings.",
)
@click.pass_context
def main(context: click.Context, lang: Language) -> None:
    """Leermatch: from the outcomes of experiments to a ranking of the menu."""
    context.obj = lang


for command in (
    versions.retrain,
    versions.evaluate,
    versions.promote,
    versions.rollback,
    versions.versions,
    versions.ledger,
    ask.rank,
    plan.plan,
    data.check,
    data.inspect,
    data.join,
    data.simulate,
    study.study,
):
    main.add_command(command)
