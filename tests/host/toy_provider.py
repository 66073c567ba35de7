"""A provider for the tests of the host: its input `do` says what a create, update, delete or read does.

Importable by the host process, so that it is pickled by reference as real providers should be.
"""

import threading
from datetime import timedelta
from typing import Any

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from pulumi_ctune.dynamic import (
    calls,
    failure,
    host,
    values,
    verb_start,
)
from pulumi_ctune.verbs import status
from pulumi_ctune.verbs.long_verb import LongVerb

MEETING_LIMIT_S = 30.0
_barriers: dict[str, threading.Barrier] = {}
_barriers_lock = threading.Lock()


class ToyProvider(ResourceProvider):
    serialize_as_secret_always = False

    def configure(self, req: ConfigureRequest) -> None:
        host.install(
            grace=timedelta(seconds=float(req.config.get("toy:graceS") or 30)),
            look_every=timedelta(seconds=float(req.config.get("toy:lookEveryS") or 30)),
        )

    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        inputs = values.incoming(news)
        failures = [CheckFailure("do", "is 'wrong'")] if inputs.get("do") == "wrong" else []
        return CheckResult({**values.outgoing(inputs), "seen": repr(inputs)}, failures)

    def create(self, props: dict[str, Any]) -> CreateResult:
        return CreateResult("toy-1", self._do(values.incoming(props)))

    def update(self, id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        return UpdateResult(self._do(values.incoming(news)))

    def delete(self, id: str, props: dict[str, Any]) -> None:
        self._do(values.incoming(props))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        return ReadResult(id_, self._do(values.incoming(props)))

    def _do(self, inputs: dict[str, Any]) -> dict[str, Any]:
        with verb_start.begin(calls.current()) as under_way:
            return {**inputs, **getattr(self, f"_{inputs.get('do', 'nothing')}")(under_way, inputs)}

    def _nothing(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _describe(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        """Return what is known of the call."""
        call = under_way.call
        return values.outgoing(
            {
                "verb": call.verb,
                "urn": call.urn,
                "timeout_s": call.timeout.total_seconds() if call.timeout else None,
                "in_other_thread": _in_other_thread(lambda: calls.current() == calls.Call()),
            }
        )

    def _meet(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        """Come back when so many operations as `parties` says run at the same time."""
        under_way.log("meeting")
        with _barriers_lock:
            barrier = _barriers.setdefault("meet", threading.Barrier(inputs["parties"]))
        barrier.wait(MEETING_LIMIT_S)
        return {}

    def _rest(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        under_way.watch.wait(0.05)
        return {}

    def _wait(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        """Wait for an interruption, and fail with what there is."""
        under_way.log("waiting")
        reason = under_way.watch.wait(MEETING_LIMIT_S)
        status.log(f"stopped: {reason.value if reason else 'not at all'}")
        name = under_way.call.urn.rpartition("::")[2]
        raise failure.clean_error(
            f"{name} was interrupted", partial=failure.PartialState("toy-1", {**inputs, "state": "RUNNING"})
        ) from None

    def _hang(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        """Take no notice of anything."""
        under_way.log("hanging")
        threading.Event().wait()
        return {}

    def _fail(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        try:
            raise KeyError("the cause")
        except KeyError:
            raise failure.clean_error(inputs["text"], partial=self._kept(inputs)) from None

    def _fail_with_nan(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        outputs = {"loss": float("nan"), "best": float("inf"), "steps": 3, "end_time": None, "log": [None, (1, 2)]}
        raise failure.clean_error("it diverged", partial=failure.PartialState("toy-1", outputs))

    def _fail_elsewhere(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        """Fail as if gRPC's context could not be found."""
        raise _in_other_thread(lambda: failure.clean_error(inputs["text"]))

    def _err(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        raise ValueError("a mistake of ours")

    def _show(self, under_way: LongVerb, inputs: dict[str, Any]) -> dict[str, Any]:
        under_way.line.show("JOB_STATE_RUNNING", detail="(3s)")
        under_way.line.show("JOB_STATE_RUNNING", detail="(4s)")
        under_way.line.show("epoch 1 of 2")
        under_way.log("2 examples were dropped", status.Severity.WARNING)
        return {}

    def _kept(self, inputs: dict[str, Any]) -> failure.PartialState | None:
        return failure.PartialState("toy-1", inputs["keep"]) if "keep" in inputs else None


def _in_other_thread(ask: Any) -> Any:
    answers: list[Any] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    thread.join()
    return answers[0]
