"""Create and update: make the run exactly once, wait for it, and record what it found.

What makes a run cost money is submitted only after everything has been looked at: version, baseline, rows. Every step
can be repeated: the engine calls a verb again after any interruption.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi_ctune.core import ownership
from pulumi_ctune.core.api import EvaluationRun, Vertex
from pulumi_ctune.core.errors import (
    BadRequestError,
    CtuneError,
    EvaluationFailedError,
    InvalidInputError,
    NotFoundError,
)
from pulumi_ctune.core.hidden import ECHOED, OWNER
from pulumi_ctune.core.messages import show
from pulumi_ctune.core.names import same_resource
from pulumi_ctune.core.outcomes import Unfinished
from pulumi_ctune.core.ownership import Owner
from pulumi_ctune.core.printable import listed
from pulumi_ctune.core.retry import WaitContext, explaining, patiently
from pulumi_ctune.core.submission import Submission, submit_once
from pulumi_ctune.evaluation_run.answers import answers_for, given_answers
from pulumi_ctune.evaluation_run.attributes import OWN_SET
from pulumi_ctune.evaluation_run.candidates import judged_name, model_of, names_of
from pulumi_ctune.evaluation_run.evaluation_sets import is_own, set_for
from pulumi_ctune.evaluation_run.models import NOT_EVALUATED, Called, find_models
from pulumi_ctune.evaluation_run.outputs import (
    inputs_in_state,
    models_in_state,
    models_of,
    outputs_in_state,
    state_of,
)
from pulumi_ctune.evaluation_run.own_runs import display_name, find_own_runs
from pulumi_ctune.evaluation_run.request import Request
from pulumi_ctune.evaluation_run.rows import Row, RowError, rows_of
from pulumi_ctune.evaluation_run.wait import SUCCEEDED, wait_for_run
from pulumi_ctune.gate.evaluation_result import BASELINE

_NOT_ADOPTED = "the evaluation run was not adopted"
_MOST_TOKENS = 16  # entries of one resource that a saved state holds at a time; there are one or two


@dataclass(frozen=True)
class Verbs:
    """Create and update of one resource. `held` are the runs that the saved state of its stack holds, by name, with the
    tokens of their entries; it takes its time.
    """

    vertex: Vertex
    context: WaitContext
    owner: Owner
    held: Callable[[], Mapping[str, str]]

    def create(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Take over or make the run, and wait. Raises `CtuneError` while there is none, `Unfinished` once there is."""
        request = Request.parse(inputs)
        if request.adopt_run:
            run, called = self._named(request)
            return self._finish(inputs, run, models_of(called, run), own_set=False)
        token = ownership.token_of(inputs)
        with explaining(NOT_EVALUATED, where=""):
            token, found = self._look(request, token)
        inputs = {**inputs, OWNER: {**(inputs.get(OWNER) or {}), "token": token}}
        called = self._called(request, found)
        if found is not None:
            self.context.report.info(f"took over evaluation run {found.name}, which an earlier run began")
            return self._finish(inputs, found, models_of(called, found), own_set=self._made_set(found))
        return self._begin(inputs, request, token, called)

    def update(self, old_state: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Wait for a run that has not ended, and take in what needs no other run. A run that fails is `Unfinished` too:
        the state has to tell the next diff that another one is needed.
        """
        wanted = {**inputs, OWNER: old_state.get(OWNER) or inputs.get(OWNER)}
        if old_state.get(ECHOED):
            run, called = self._named(replace(Request.parse(inputs), adopt_run=str(old_state["name"])))
            return self._finish(wanted, run, models_of(called, run), own_set=False, is_saved=True)
        models = models_in_state(old_state)
        if old_state.get("state") == SUCCEEDED:
            return {**outputs_in_state(old_state), **inputs_in_state(wanted), **models}
        try:
            run = patiently(lambda: self.vertex.get_evaluation_run(str(old_state["name"])), self.context)
        except NotFoundError as error:
            raise error.but(
                what="the evaluation run is gone",
                where=str(old_state["name"]),
                next_step="`pulumi up --refresh` makes another one.",
            ) from error
        return self._finish(wanted, run, models, own_set=bool(old_state.get(OWN_SET)), is_saved=True)

    def _look(self, request: Request, token: str) -> tuple[str, EvaluationRun | None]:
        """The token of this entry, and the run that it left behind."""
        for _ in range(_MOST_TOKENS):
            found = patiently(
                lambda token=token: find_own_runs(self.vertex, request, token, self.held),  # type: ignore[misc]
                self.context,
            )
            for run in found.stale:
                self._cancel(run)
            if not found.held:
                return token, found.adoptable
            # `--replace` asks no diff, so nobody has said that there is an entry
            token = ownership.next_token(found.held)
        return token, None

    def _called(self, request: Request, found: EvaluationRun | None) -> Called:
        """A baseline that has gone since a run was made stands in nobody's way: the run tells what it called."""
        try:
            return find_models(self.vertex, self.context, request)
        except (InvalidInputError, NotFoundError):
            if found is None or not request.baseline:
                raise
            return find_models(self.vertex, self.context, replace(request, baseline=""))

    def _begin(self, inputs: Mapping[str, Any], request: Request, token: str, called: Called) -> dict[str, Any]:
        set_name, models, own_set = "", called.by_candidate, False
        if request.dataset_uri:
            rows = self._rows(request)
            answers = given_answers(rows)
            if request.asks_itself:
                answers, models = answers_for(self.vertex, self.context, request, rows, called), {}
            elif all(answers):  # what is judged is there; a baseline has still to be asked
                models = {name: model for name, model in models.items() if name == BASELINE}
            set_name, own_set = set_for(self.vertex, self.context, request, rows, answers).name, True
        elif evaluation_set := str(request.data_source.get("evaluation_set") or ""):
            set_name = evaluation_set
        labels = ownership.labels_of(self.owner, token, request.key, None)
        body = request.body(set_name, models, labels, display_name(self.owner, request.key, token))
        self.context.report.status("submitting the evaluation run")
        run = submit_once(
            Submission(
                "evaluation run",
                NOT_EVALUATED,
                "it is not known whether an evaluation run was made",
                lambda: self.vertex.create_evaluation_run(request.parent, body),
                lambda: find_own_runs(self.vertex, request, token, dict).adoptable,
            ),
            self.context,
        )
        self.context.report.info(f"submitted evaluation run {run.name}")
        return self._finish(inputs, run, models_of(called, run), own_set=own_set)

    def _rows(self, request: Request) -> list[Row]:
        where, uri = "data_source.dataset_uri", request.dataset_uri
        with explaining(NOT_EVALUATED, where=where):
            content = patiently(lambda: self.vertex.open_object(uri), self.context)
            if content is None:
                raise InvalidInputError(
                    NOT_EVALUATED,
                    where=where,
                    why=f"{uri} cannot be read: nothing says where the Cloud Storage of this service is",
                    next_step="Set ctune:storageEndpoint.",
                )
            try:
                return patiently(lambda: rows_of(content), self.context)
            except RowError as error:
                raise InvalidInputError(NOT_EVALUATED, where=where, why=f"{uri}: {error}") from None

    def _finish(
        self,
        inputs: Mapping[str, Any],
        run: EvaluationRun,
        models: Mapping[str, Any],
        *,
        own_set: bool,
        is_saved: bool = False,
    ) -> dict[str, Any]:
        """The run exists: whatever breaks from here on, it has to reach the state. One that failed has to only where a
        state holds it (`is_saved`).
        """
        latest = run
        try:
            latest = wait_for_run(self.vertex, self.context, run)
            if latest.state != SUCCEEDED:
                raise _failed(latest, is_adopted=bool(inputs.get("adopt_run")))
            return state_of(inputs, latest, models, own_set=own_set)
        except CtuneError as error:
            if isinstance(error, EvaluationFailedError) and not is_saved:
                raise
            cause = error if error.where else error.but(where=run.name)
            raise Unfinished(run.name, state_of(inputs, latest, models, own_set=own_set), cause) from error

    def _named(self, request: Request) -> tuple[EvaluationRun, Called]:
        """The run of `adopt_run`, and what it calls. It has to be about the version of the inputs."""
        name = request.adopted_name
        with explaining("there is no such evaluation run to adopt", where="adopt_run"):
            run = patiently(lambda: self.vertex.get_evaluation_run(name), self.context)
        called = find_models(self.vertex, self.context, request)
        there_are = names_of(run)
        asked = [model for each in there_are if (model := model_of(run, each))]
        if asked and not any(same_resource(called.candidate, each) is not False for each in asked):
            raise InvalidInputError(
                _NOT_ADOPTED,
                where="adopt_run",
                why=f"{name} judges {', '.join(asked)}, and {called.version.name} is served by {called.candidate}",
            )
        if there_are and not judged_name(run, called.candidate):
            raise InvalidInputError(
                _NOT_ADOPTED,
                where="adopt_run",
                why=f"nothing tells which of its candidates {called.version.name} is: {listed(map(show, there_are))}",
                next_step=f"Use ctune.get_evaluation_run({show(name)}, candidate=...) instead.",
            )
        return run, called

    def _made_set(self, run: EvaluationRun) -> bool:
        if not run.evaluation_set:
            return False
        try:
            return is_own(
                patiently(lambda: self.vertex.get_evaluation_set(run.evaluation_set), self.context).display_name
            )
        except CtuneError:
            return False

    def _cancel(self, run: EvaluationRun) -> None:
        self.context.report.warn(f"cancelling evaluation run {run.name}: an earlier run began it for other inputs")
        try:
            patiently(lambda: self.vertex.cancel_evaluation_run(run.name), self.context)
        except (BadRequestError, NotFoundError):  # it has ended meanwhile
            return


def _failed(run: EvaluationRun, *, is_adopted: bool) -> CtuneError:
    why = run.error.message if run.error and run.error.message else "Google gives no reason"
    return EvaluationFailedError(
        f"the evaluation run {'was cancelled' if run.state == 'CANCELLED' else 'failed'}",
        where=run.name,
        why=why,
        next_step="Take adopt_run away to make another one."
        if is_adopted
        else "The next `pulumi up` makes another one.",
    )
