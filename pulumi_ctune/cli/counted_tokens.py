"""`ctune estimate --exact`: the tokens of a dataset as the service counts them."""

import time
from collections.abc import Mapping

from pulumi_ctune.config import Settings
from pulumi_ctune.core.content import Content
from pulumi_ctune.core.errors import InvalidInputError
from pulumi_ctune.data.counting import requests_for
from pulumi_ctune.data.report import Report
from pulumi_ctune.data.tokens import COUNTED, Tokens
from pulumi_ctune.vertex.rest import Rest
from pulumi_ctune.vertex.session import Session
from pulumi_ctune.vertex.token_counts import count_tokens


def counted_by_service(source: Content, report: Report, model: str, environ: Mapping[str, str]) -> Tokens:
    """Every line counted, files too. Raises `CtuneError`."""
    settings = Settings.load(lambda _: None, environ)
    for value, variable in ((settings.project, "GOOGLE_PROJECT"), (settings.region, "GOOGLE_REGION")):
        if not value:
            raise InvalidInputError(
                "the tokens were not counted", where="--exact", why=f"{variable} is not set", next_step="Set it."
            )
    session = Session(settings)
    try:
        rest = Rest(session, sleep=time.sleep)
        number = sum(
            count_tokens(rest, str(settings.project), str(settings.region), model, contents)
            for contents in requests_for(source, report.method)
        )
    finally:
        session.close()
    return Tokens(number, number, number, f"{COUNTED}, declarations of functions left out")
