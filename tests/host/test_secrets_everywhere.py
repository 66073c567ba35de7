"""No secret in any text: each input of each resource in turn is secret, and every verb runs and fails in every way.

Whatever the provider tells the engine is searched for the values: errors, partial states, diagnostics, status rows, its
stderr, and properties that go back in plain. An input that is missing from the table fails the first test.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from pulumi.dynamic import ResourceProvider
from pulumi.runtime import rpc

from pulumi_ctune.alias import attributes as of_alias
from pulumi_ctune.deployment import attributes as of_deployment
from pulumi_ctune.providers import ContinuousTuningJobProvider, ModelDeploymentProvider, ModelVersionAliasProvider
from pulumi_ctune.tuning_job import attributes
from tests.engine.emulator import VertexEmulator, vertex_fixture  # noqa: F401  # a fixture goes by its name
from tests.engine.programs import TRAINING

from .harness import Checked, ProviderError, ProviderHost, serialize, urn

Values = dict[str, Any]
Keys = tuple[str | int, ...]

ALIAS, DEPLOYMENT, JOB = ModelVersionAliasProvider, ModelDeploymentProvider, ContinuousTuningJobProvider
INPUTS: Mapping[type[ResourceProvider], tuple[str, ...]] = {
    JOB: attributes.INPUTS,
    ALIAS: of_alias.INPUTS,
    DEPLOYMENT: of_deployment.INPUTS,
}
PLACE: Values = {"project": "acme", "location": "us-central1"}
JOB_TYPE = "pulumi-python:dynamic/ctune:ContinuousTuningJob"
SFT_OF_OTHERS: Values = {"base_model": "gemini-3.5-flash", "supervised_tuning_spec": {"training_dataset_uri": TRAINING}}
SHORT_S = 0.2
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x1b[8m\u202e\u2066\x9b\x00\r\n\u2028"
STRING_MATCH = {
    "match_operation": "REGEX_CONTAINS",
    "expression": "{{references.answer}} S",
}
REWARDS = [
    {
        "reward_name": "S",
        "parse_response_config": {"parse_type": "REGEX_EXTRACT", "regex_extract_expression": "<S>(.*?)</S>"},
        "string_match_reward_scorer": {
            "correct_answer_reward": 0.8317,
            "wrong_answer_reward": -0.2317,
            "string_match_expression": STRING_MATCH,
        },
    },
    {
        "reward_name": "code",
        "code_execution_reward_scorer": {
            "python_code_snippet": "# S\ndef evaluate(example, response):\n    return 0.5  # 'S'\n"
        },
    },
    {
        "reward_name": "polite",
        "autorater_scorer": {
            "autorater_prompt": "S: is {{response}} polite?\nSay S.",
            "autorater_config": {"sampling_count": 8, "generation_config": {"temperature": 0.2719}},
            "parsed_response_conversion_scorer": {},
        },
    },
]
SHARED: Values = {
    "tuned_model_display_name": "Bot S",
    "description": "Says 'S',\n\ttwice: \x1b[31mS",
    "labels": {"team": "s", "s": "s"},
    "service_account": "s@acme.iam.gserviceaccount.com",
    "triggers": ["S", {"at": "S", "S": ["S"]}, 4711.25],
    "budget": {"max_tokens": 87654321, "max_usd": 4713.75},
    "deletion_policy": "DELETE",
}
"""`S` and `s` stand for texts that nothing else has."""
SFT: Values = {
    "base_model": "gemini-3.5-flash",
    "supervised_tuning_spec": {
        "training_dataset_uri": "gs://s/S.jsonl",
        "validation_dataset_uri": "gs://s/S-val.jsonl",
        "hyper_parameters": {"epoch_count": 2, "learning_rate_multiplier": 0.7313},
    },
}
EXAMPLES: Mapping[str, tuple[type[ResourceProvider], Values]] = {
    "sft": (JOB, {**SFT, **SHARED}),
    "place": (JOB, {"project": "p-s", "location": "europe-west3", **SFT}),
    "cmek": (
        JOB,
        {**SFT, "encryption_spec": {"kms_key_name": "projects/acme/locations/us-central1/keyRings/S/cryptoKeys/S"}},
    ),
    "rft": (
        JOB,
        {
            "pre_tuned_model": {"tuned_model_name": "MODEL"},
            "tuned_model_display_name": "Bot S",
            "reinforcement_tuning_spec": {
                "training_dataset_uri": "gs://s/S.jsonl",
                "composite_reward_config": {
                    "weighted_reward_configs": [{"weight": 0.6173, "reward_config": reward} for reward in REWARDS]
                },
            },
        },
    ),
    "dpo": (
        JOB,
        {
            "base_model": "gemini-2.5-flash",
            "preference_optimization_spec": {
                "training_dataset_uri": "gs://s/S.jsonl",
                "hyper_parameters": {"epoch_count": 1, "beta": 0.0717},
            },
        },
    ),
    "adopted": (JOB, {**SFT_OF_OTHERS, "adopt_job": "JOB"}),
    "alias": (
        ALIAS,
        {
            "tuned_model_name": "MODEL",
            "alias": "s",
            "require": [{"metric": "/train_total_loss", "at_most": 97.8571, "at_least": 0.00018571}],
        },
    ),
    "deployment": (
        DEPLOYMENT,
        {
            "endpoint": "projects/acme/locations/us/endpoints/s",
            "tuned_model_name": "MODEL",
            "checkpoint_id": "2",
            "require": [{"metric": "/train_total_loss", "at_most": 97.8571}],
        },
    ),
    "gated": (ALIAS, {"tuned_model_name": "MODEL", "alias": "s", "require": [{"metric": "/S", "at_least": 0.8573}]}),
    "missed": (
        DEPLOYMENT,
        {
            "endpoint": "projects/acme/locations/us/endpoints/s",
            "tuned_model_name": "MODEL",
            "traffic_percent": 37,
            "require": [{"metric": "/train_total_loss", "at_least": 78.5713}],
        },
    ),
}


@dataclass(frozen=True)
class Case:
    """One input of one example that is secret, or (`""`) each of its leaves."""

    example: str
    marked: str
    provider: type[ResourceProvider]
    inputs: Values
    secrets: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.example}-{self.marked or 'all'}"

    def urn_of(self, name: str) -> str:
        kind = self.provider.__name__.removesuffix("Provider")
        resource = f"{self.name}-{name}" if self.provider is JOB else self.name  # several jobs, one alias
        return urn(resource, type=f"pulumi-python:dynamic/ctune:{kind}")

    @property
    def marks(self) -> list[Keys]:
        return [(self.marked,)] if self.marked else [path for path, _ in leaves(self.inputs)]


def leaves(value: Any, *path: str | int) -> Iterator[tuple[Keys, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, *path, key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from leaves(item, *path, index)
    else:
        yield path, value


def said(role: str) -> Values:
    return {"role": role, "parts": [{"text": "Hello"}]}


PROMPT = {"contents": [said("user")]}
DATA: Mapping[str, Values] = {
    "rft": {**PROMPT, "references": {"answer": "1"}},
    "dpo": {**PROMPT, "completions": [{"score": score, "completion": said("model")} for score in (1, 0)]},
}
OTHER_DATA: Values = {"contents": [said("user"), said("model")]}


class Texts:
    """Whatever was told of a case: errors, diagnostics, plain properties."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.shown: list[str] = []  # of these, what a person sees

    def attempt(self, verb: Callable[[], Any]) -> Any:
        """Run a verb and keep what it tells; returns its answer, or the error."""
        try:
            answer = verb()
        except ProviderError as error:
            partial = {**error.partial.outputs, "reasons": error.partial.reasons} if error.partial else {}
            self.lines += [error.message, error.raw, *map(str, in_plain(partial))]
            self.shown.append(error.message)
            return error
        failures = [text for failure in getattr(answer, "failures", ()) for text in failure]
        self.lines += failures
        self.shown += failures
        properties = answer if isinstance(answer, dict) else getattr(answer, "outputs", {})
        self.lines += map(str, in_plain(properties))
        return answer


def in_plain(properties: Values) -> list[Any]:
    """The properties that the engine would keep in plain: it gives inputs the marks of the program by itself."""
    marks = [[*path] for path in properties.get("__secrets", [])]

    def shown(value: Any, *path: Any) -> Any:
        if isinstance(value, dict) and rpc.is_rpc_secret(value):
            return None
        if any([*path] == mark if isinstance(value, dict) else [*path] == mark[: len(path)] for mark in marks if path):
            return None
        if isinstance(value, dict):
            return {key: shown(item, *path, key) for key, item in value.items()}
        return value

    return list(shown({key: value for key, value in properties.items() if key != "__secrets"}).items())


class World:
    """The service, and cases whose buckets, versions and endpoints are there."""

    def __init__(self, vertex: VertexEmulator, host: ProviderHost) -> None:
        self.vertex = vertex
        self._host = host
        self._numbers = count(101)
        self._data = b""

    def case(self, example: str, marked: str) -> Case:
        provider, template = EXAMPLES[example]
        inputs = {**PLACE, **template} if provider is JOB else template
        self._data = ((json.dumps(DATA.get(example, OTHER_DATA)) + "\n") * 16).encode()
        filled = {key: self._filled(value) for key, value in inputs.items()}
        kept = {marked: filled[marked]} if marked else filled
        # A key is secret with its map only: the leaf alone is what the program marks otherwise.
        secrets = {text for path, leaf in leaves(kept) for text in searchable(path if marked else path[:1], leaf)}
        return Case(example, marked, provider, filled, tuple(sorted(secrets)))

    def _filled(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self._filled(key) if key in ("s", "S") else key: self._filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._filled(item) for item in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, template: str) -> str:
        if template in ("MODEL", "JOB"):
            made = self._made_job()
            return str(made["tuned_model_name" if template == "MODEL" else "name"])
        text = re.sub(r"\b[Ss]\b", lambda _: f"hunter{next(self._numbers)}", template)
        if text.startswith("gs://"):
            bucket, _, name = text.removeprefix("gs://").partition("/")
            data = self._data.replace(b'"text": "', b'"text": "Again: ') if name.endswith("-val.jsonl") else self._data
            self.vertex.emulator.put_object(bucket, name, data)
        if template.startswith("projects/acme/locations/us/endpoints/"):
            parent, _, name = text.rpartition("/")
            self.vertex.post(f"{parent}?endpointId={name}", {"displayName": "bot"})
            self.vertex.end_operations()
        return text

    def _made_job(self) -> Values:
        number = next(self._numbers)
        inputs = {**PLACE, **SFT_OF_OTHERS, "tuned_model_display_name": f"made-{number}"}
        return self._host.create(with_owner(inputs, f"made-{number}"), urn=urn(f"made-{number}", type=JOB_TYPE)).outputs

    @contextmanager
    def trouble(self, case: Case, *methods: str, **fault: Any) -> Iterator[None]:
        """While the service refuses what is asked with these methods, in words that quote all secrets of the case."""
        for method in methods:
            self.vertex.faults.add(method=method, path="/v1beta1/", message=quoting(case), times=0, **fault)
        try:
            yield
        finally:
            self.vertex.faults.clear()


def searchable(path: Keys, leaf: Any) -> Iterator[str]:
    """The parts of an input that stand for nothing else."""
    for text in (*path, leaf):
        if isinstance(text, str):
            yield from re.findall(r"hunter\d+|(?<=models/)\d+|(?<=tuningJobs/)\d+|europe-west3", text)
        if isinstance(text, float):
            yield str(abs(text))
    if path == ("traffic_percent",):
        yield from (f"{leaf} percent", f"{leaf}%")


def quoting(case: Case) -> str:
    """A server's words that quote each secret text whole and in part."""
    texts = [str(value) for path, value in leaves(case.inputs) if any(path[: len(mark)] == mark for mark in case.marks)]
    parts = [part for text in texts if " " not in text for part in re.split("[/@]", text) if "hunter" in part]
    return f"it {HOSTILE} is {'; '.join((*texts, *parts))}"


def with_owner(inputs: Values, name: str) -> Values:
    return {**inputs, "__owner": {"organization": "o", "project": "infra", "stack": "dev", "name": name}}


def other(value: Any) -> Any:
    """A value of the same form with other secrets in it."""
    if isinstance(value, dict):
        return {key: other(item) for key, item in value.items()}
    if isinstance(value, list):
        return [other(item) for item in value]
    return value.replace("hunter", "hunter9") if isinstance(value, str) else value


def unusable(value: Any) -> Any:
    """A value that no rule accepts, with the secrets in it."""
    if isinstance(value, dict):
        return {key: unusable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unusable(item) for item in value]
    return f"{value} \x1bX"


WRITES, READS = ("POST", "PATCH", "DELETE"), ("GET",)


class Course:
    """All that happens to one case. `later` is a process that has seen no check, as in a refresh or a destroy."""

    def __init__(self, world: World, host: ProviderHost, later: ProviderHost, case: Case, texts: Texts) -> None:
        self.world, self.host, self.later, self.case, self.texts = world, host, later, case, texts

    def run(self) -> None:
        case, texts = self.case, self.texts
        marked = {key: unusable(value) if case.marked in ("", key) else value for key, value in case.inputs.items()}
        refused = texts.attempt(lambda: self.check(marked, "refused"))
        assert refused.failures or case.marked in ("description", "triggers", "tuned_model_display_name", "base_model")
        for status in (400, 403, 404, 429):
            self.create(f"write-{status}", WRITES, status=status)
        for status in (403, 404):
            self.create(f"read-{status}", READS, status=status)
        if case.provider is DEPLOYMENT:
            self.create("operation", WRITES, operation_code=9)
        if case.provider is JOB:
            self.create("failed", ("POST",), job={"state": "JOB_STATE_FAILED", "message": quoting(case), "code": 9})
            self.create("timeout", ("POST",), job={"never_ends": True})
        self.live()

    def check(self, inputs: Values, name: str, olds: Values | None = None) -> Checked:
        reported = {"__program": {"secret_inputs": [[*path] for path in self.case.marks]}}
        return self.host.check(
            {**with_owner(inputs, f"{self.case.name}-{name}"), **reported}, olds, urn=self.case.urn_of(name)
        )

    def create(self, name: str, methods: tuple[str, ...] = (), **fault: Any) -> Any:
        checked = self.texts.attempt(lambda: self.check(self.case.inputs, name))
        assert checked.failures == []
        with self.world.trouble(self.case, *methods, **fault):
            return self.texts.attempt(
                lambda: self.host.create(
                    checked.inputs, urn=self.case.urn_of(name), timeout_s=SHORT_S if methods else 0
                )
            )

    def live(self) -> None:
        """Made, changed, read and deleted."""
        case, texts, urn = self.case, self.texts, self.case.urn_of("live")
        created = self.create("live")
        if isinstance(created, ProviderError):  # a gate
            assert case.example in ("gated", "missed"), created
            return
        inputs = {key: value for key, value in created.outputs.items() if key in (*INPUTS[case.provider], "__owner")}
        changed = {key: other(value) if case.marked in ("", key) else value for key, value in case.inputs.items()}
        checked = texts.attempt(lambda: self.check(changed, "live", inputs))
        texts.attempt(lambda: self.host.diff(created.id, plain(created.outputs), checked.inputs, urn=urn))
        with self.world.trouble(case, *WRITES, status=403):
            texts.attempt(
                lambda: self.host.update(created.id, plain(created.outputs), checked.inputs, urn=urn, timeout_s=SHORT_S)
            )
        kept = plain(created.outputs)
        texts.attempt(lambda: self.later.read(created.id, kept, inputs, urn=urn))
        with self.world.trouble(case, *READS, status=403):
            texts.attempt(lambda: self.later.read(created.id, kept, inputs, urn=urn))
        with self.world.trouble(case, *WRITES, status=400):
            texts.attempt(lambda: self.later.delete(created.id, kept, urn=urn, timeout_s=SHORT_S))
        texts.attempt(lambda: self.later.delete(created.id, kept, urn=urn))


def plain(properties: Values) -> Values:
    """Properties as the engine hands them to a host that takes no secrets."""
    return {key: value["value"] if rpc.is_rpc_secret(value) else value for key, value in properties.items()}


def in_turn() -> Iterator[tuple[str, str]]:
    """Example and marked input: all leaves of each example, and each input of each class by itself."""
    done = set()
    for example, (provider, inputs) in EXAMPLES.items():
        yield example, ""
        for key in inputs:
            if (provider, key) not in done or key == "require":
                done.add((provider, key))
                yield example, key


def test_every_input_is_in_the_table() -> None:
    """An input that is new has to be tried as a secret too."""
    tried = {(provider, key) for provider, inputs in EXAMPLES.values() for key in {**PLACE, **inputs}}

    assert {(provider, key) for provider, keys in INPUTS.items() for key in keys} <= tried


def test_no_secret_input_is_reported_by_any_verb(vertex: VertexEmulator) -> None:
    """Nothing that the engine gets in plain holds a value that the program marks as secret, and nothing of what the
    service says steers a terminal.
    """
    reported: list[tuple[Case, list[str]]] = []
    steering: list[str] = []
    with on(vertex) as host, on(vertex) as later:
        world = World(vertex, host)
        for example, marked in in_turn():
            host.provider = serialize(JOB())
            case, texts = world.case(example, marked), Texts()
            host.provider = later.provider = serialize(case.provider())
            logged = len(host.logs), len(later.logs)
            if case.secrets:  # else nothing of it could be found
                Course(world, host, later, case, texts).run()
            logs = [line.text for line in (*host.logs[logged[0] :], *later.logs[logged[1] :])]
            texts.lines += logs
            steering += [text for text in (*logs, *texts.shown) if not text.isprintable()]
            reported.append((case, texts.lines))
        errors = host.stderr() + later.stderr()

    assert len(reported) > len(attributes.INPUTS)
    assert steering == []
    assert leaks((case, [*lines, errors]) for case, lines in reported) == []


def test_no_secret_input_is_reported_by_an_interruption(vertex: VertexEmulator) -> None:
    """Ctrl-C in an outage whose answers quote the inputs: neither the rows nor the last lines hold them."""
    with on(vertex) as host:
        world = World(vertex, host)
        cases = [world.case(example, "") for example in ("sft", "alias", "deployment")]
        words = "; ".join(map(quoting, cases))
        vertex.faults.add(path="/v1beta1/", status=503, message=words, times=0)
        creates = []
        for case in cases:
            host.provider = serialize(case.provider())
            reported = {"__program": {"secret_inputs": [[*path] for path in case.marks]}}
            checked = host.check({**with_owner(case.inputs, case.name), **reported}, urn=case.urn_of(""))
            creates.append(host.start_create(checked.inputs, urn=case.urn_of("")))
        host.engine.wait_for(lambda line: "503" in line.text, count=len(cases))
        host.cancel()
        errors = [create.error() for create in creates]
        lines = [line.text for line in host.logs] + [host.stderr()]

    assert all("interrupted" in error.message for error in errors)
    assert leaks((case, [*lines, *(f"{error.message}{error.raw}" for error in errors)]) for case in cases) == []


def on(vertex: VertexEmulator) -> ProviderHost:
    vertex.emulator.configure(job_start_delay_s=0.0, job_duration_s=0.1, operation_duration_s=0.0)
    return ProviderHost(JOB(), config={"ctune:apiEndpoint": f"embedded:{vertex.folder}", "ctune:pollInterval": "100ms"})


def leaks(reported: Iterable[tuple[Case, list[str]]]) -> list[str]:
    """Every line that holds a secret of its case."""
    return [
        f"{case.name} {secret}: {line}"
        for case, lines in reported
        for secret in case.secrets
        for line in lines
        if secret in line
    ]
