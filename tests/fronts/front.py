"""One process of either front, driven in one way: the dynamic host, and the plugin.

A resource is named, and a state is what the front brought back, in its own spelling; who drives both looks at the
emulator for what came of it. Owns the differences of the two protocols and nothing else.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from pulumi_ctune.providers import ContinuousTuningJobProvider
from tests.engine.emulator import VertexEmulator
from tests.engine.programs import SFT
from tests.host import harness as dynamic
from tests.native import plugin as native

State = dict[str, Any]
Made = tuple[str, State]
"""Id and state."""

_OWN_PROJECT, _REGION = "acme", "us-central1"


class FrontError(Exception):
    """An operation that failed. `kept` is the id and the state that the engine keeps, None for none."""

    def __init__(self, message: str, kept: Made | None) -> None:
        super().__init__(message)
        self.message = message
        self.kept = kept


class Front(ABC):
    """One process, on an emulator that the test shares. A context of its own ends it: `close`."""

    def __init__(self, vertex: VertexEmulator) -> None:
        self._vertex = vertex

    @abstractmethod
    def checked(self, name: str, **labels: str) -> State:
        """The inputs of a supervised job as the engine hands them on, with labels if there are any."""

    @abstractmethod
    def start(self, name: str, inputs: State, timeout_s: float = 0) -> Callable[[], Made]:
        """Begin to create; what comes back waits for the end, and raises `FrontError`."""

    def create(self, name: str, inputs: State) -> Made:
        return self.start(name, inputs)()

    @abstractmethod
    def update(self, name: str, made: Made, inputs: State) -> Made:
        """Raises `FrontError`."""

    @abstractmethod
    def changes(self, name: str, made: Made, inputs: State) -> bool:
        """Whether a diff finds any."""

    @abstractmethod
    def is_there(self, name: str, made: Made) -> bool:
        """Whether a refresh finds it."""

    @abstractmethod
    def delete(self, name: str, made: Made) -> None:
        """Raises `FrontError`."""

    @abstractmethod
    def wait_for(self, text: str, count: int = 1) -> None:
        """Return once the front has told this to the engine so many times."""

    @abstractmethod
    def cancel(self) -> None:
        """What the first Ctrl-C is."""

    @abstractmethod
    def kill(self) -> None:
        """`kill -9` of the process."""

    @abstractmethod
    def leave_with_engine(self) -> None:
        """`kill -9` of the engine; comes back once the process has followed."""

    @abstractmethod
    def close(self) -> None:
        """End it, however it is."""


class DynamicFront(Front):
    """Pulumi's host of dynamic providers."""

    def __init__(self, vertex: VertexEmulator) -> None:
        super().__init__(vertex)
        config = {"ctune:apiEndpoint": f"embedded:{vertex.folder}", "ctune:pollInterval": "1s"}
        self._host = dynamic.ProviderHost(ContinuousTuningJobProvider(), config=config)

    def checked(self, name: str, **labels: str) -> State:
        owner = {"organization": "acme-org", "project": "infra", "stack": "dev", "name": name}
        inputs = {"project": _OWN_PROJECT, "location": _REGION, "__owner": owner, **SFT}
        answer = self._host.check({**inputs, **({"labels": labels} if labels else {})}, urn=self._urn(name))
        assert answer.failures == []
        return answer.inputs

    def start(self, name: str, inputs: State, timeout_s: float = 0) -> Callable[[], Made]:
        pending = self._host.start_create(inputs, urn=self._urn(name), timeout_s=timeout_s)

        def result() -> Made:
            created = _dynamic(pending.result)
            return created.id, created.outputs

        return result

    def update(self, name: str, made: Made, inputs: State) -> Made:
        return made[0], _dynamic(lambda: self._host.update(*made, inputs, urn=self._urn(name)))

    def changes(self, name: str, made: Made, inputs: State) -> bool:
        return self._host.diff(*made, inputs, urn=self._urn(name)).changes is not False

    def is_there(self, name: str, made: Made) -> bool:
        return bool(_dynamic(lambda: self._host.read(*made, urn=self._urn(name))).id)

    def delete(self, name: str, made: Made) -> None:
        _dynamic(lambda: self._host.delete(*made, urn=self._urn(name)))

    def wait_for(self, text: str, count: int = 1) -> None:
        self._host.engine.wait_for_text(text, count=count)

    def cancel(self) -> None:
        self._host.cancel()

    def kill(self) -> None:
        self._host.process.kill()
        self._host.wait_for_exit()

    def leave_with_engine(self) -> None:
        self._host.kill_engine()
        self._host.wait_for_exit()

    def close(self) -> None:
        self._host.__exit__(None, None, None)

    def _urn(self, name: str) -> str:
        return dynamic.urn(name, type="pulumi-python:dynamic/ctune:ContinuousTuningJob")


class NativeFront(Front):
    """The plugin."""

    def __init__(self, vertex: VertexEmulator) -> None:
        super().__init__(vertex)
        where = {"project": _OWN_PROJECT, "region": _REGION}
        self._plugin = native.Plugin({**where, "apiEndpoint": f"embedded:{vertex.folder}", "pollInterval": "1s"})

    def checked(self, name: str, **labels: str) -> State:
        spec = SFT["supervised_tuning_spec"]
        inputs = {
            "baseModel": SFT["base_model"],
            "supervisedTuningSpec": {
                "trainingDatasetUri": spec["training_dataset_uri"],
                "hyperParameters": {"epochCount": spec["hyper_parameters"]["epoch_count"]},
            },
            "tunedModelDisplayName": SFT["tuned_model_display_name"],
            **({"labels": labels} if labels else {}),
        }
        found, failures = self._plugin.check(self._urn(name), inputs)
        assert failures == {}
        return found

    def start(self, name: str, inputs: State, timeout_s: float = 0) -> Callable[[], Made]:
        pending = self._plugin.start_create(self._urn(name), inputs, timeout_s=timeout_s)

        def result() -> Made:
            answer = _native(lambda: self._plugin.result(pending))
            return answer.id, native.values(answer.properties)

        return result

    def update(self, name: str, made: Made, inputs: State) -> Made:
        return made[0], _native(lambda: self._plugin.update(self._urn(name), *made, inputs))

    def changes(self, name: str, made: Made, inputs: State) -> bool:
        answer = self._plugin.diff(self._urn(name), *made, inputs)
        return bool(answer.changes != answer.DIFF_NONE)

    def is_there(self, name: str, made: Made) -> bool:
        return bool(_native(lambda: self._plugin.read(self._urn(name), *made, {}))[0])

    def delete(self, name: str, made: Made) -> None:
        _native(lambda: self._plugin.delete(self._urn(name), *made))

    def wait_for(self, text: str, count: int = 1) -> None:
        self._plugin.engine.wait_for_text(text, count=count)

    def cancel(self) -> None:
        self._plugin.call("Cancel")

    def kill(self) -> None:
        self._plugin.process.kill()
        self._plugin.process.wait(native.EXIT_LIMIT_S)

    def leave_with_engine(self) -> None:
        self._plugin.kill_engine()
        self._plugin.process.wait(native.EXIT_LIMIT_S)

    def close(self) -> None:
        self._plugin.__exit__(None, None, None)

    def _urn(self, name: str) -> str:
        return native.urn("ContinuousTuningJob", name)


def _dynamic(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except dynamic.ProviderError as error:
        kept = (error.partial.id, error.partial.outputs) if error.partial else None
        raise FrontError(error.message, kept) from None


def _native(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except native.PluginError as error:
        kept = (error.id, error.kept) if error.kept is not None else None
        raise FrontError(error.message, kept) from None
