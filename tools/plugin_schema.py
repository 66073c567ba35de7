"""The schema of the plugin, derived from the classes that Python programs use: names, types, and what their docs say.

    python -m tools.plugin_schema

What has no class in Python is written here: the config, and which output is more than its annotation says. The plugin
reads the kept `schema.json`; a test compares both. Schema:
https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
"""

import ast
import dataclasses
import inspect
import itertools
import json
import re
import types
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, ForwardRef, Literal

import pulumi

from pulumi_ctune.native.kept_schema import FILE, PACKAGE, Spec, camel, token
from pulumi_ctune.native.wording import names_in, neutral

_ANY = {"$ref": "pulumi.json#/Any"}
_SCALARS: Mapping[Any, str] = {str: "string", bool: "boolean", int: "integer", float: "number"}
_CONFIG: Mapping[str, tuple[str, str]] = {
    "project": ("string", "Project id or number. Default: GOOGLE_PROJECT and related variables."),
    "region": ("string", "Location of jobs and models, `us-central1`. Default: GOOGLE_REGION and related variables."),
    "impersonateServiceAccount": ("string", "Email of the service account to act as."),
    "accessToken": ("string", "An OAuth token to use instead of looking up credentials. Nothing renews it."),
    "userProjectOverride": ("boolean", "Count requests against `billingProject`, or else against the project."),
    "billingProject": ("string", "The project that requests are counted against, with `userProjectOverride`."),
    "organization": (
        "string",
        "The Pulumi organization of the stack: it tells stacks of the same name apart. Default: `organization`.",
    ),
    "defaultLabels": ("string", 'Labels of every job, copy and evaluation, in JSON: `{"team": "search"}`.'),
    "apiEndpoint": ("string", "Instead of Google's hosts: `embedded[:DIR]` for the emulator, or a base URL."),
    "storageEndpoint": ("string", "A base URL instead of Cloud Storage's."),
    "pollInterval": ("string", "The longest pause between two looks at a job, `100ms` to `1h`. Default: `60s`."),
    "dataChecks": ("string", "How datasets are checked before a job is submitted: `full` (default), `head`, `off`."),
    "budget": ("string", 'The budget of each job that has none, in JSON: `{"max_usd": 20}`.'),
    "prices": ("string", 'Your own prices, in JSON: `{"gemini-3.5-flash": {"sft": 8}}`.'),
}
_SECRET = ("accessToken",)


def _text_or_object_of(items: Spec) -> Spec:
    return {"oneOf": [{"type": "string"}, {"type": "object", "additionalProperties": items}]}


_NUMBERS: Spec = {"type": "number"}
_AS_OBJECT: Mapping[str, Spec] = {
    "defaultLabels": _text_or_object_of({"type": "string"}),
    "budget": _text_or_object_of(_NUMBERS),
    "prices": _text_or_object_of({"type": "object", "additionalProperties": _NUMBERS}),
}
"""What an explicit provider may be given as an object too. Keys of a stack's config are texts in every language."""
_GO_IMPORT = "example.com/pulumi-ctune/sdk/go/ctune"
"""What Go programs import: an SDK on disk needs a path that nobody else has, and releases of the CLI choose several."""
_DESCRIPTION = "Tuned Gemini models as infrastructure: continuous tuning jobs on Vertex AI."
_README = f"""{_DESCRIPTION}

Generated from the schema of the plugin `pulumi-resource-ctune`, which does the work and is experimental. Programs need
the plugin in the version of this package, on PATH or installed:

    pip install pulumi-ctune
    ctune plugin pack -o ctune-plugin.tar.gz
    pulumi plugin install resource ctune VERSION --file ctune-plugin.tar.gz

Where jobs run is config of the stack, or of an explicit provider. The plugin does not see `gcp:project`:

    pulumi config set ctune:project PROJECT
    pulumi config set ctune:region us-central1
    gcloud auth application-default login
"""
"""What the packages of generated SDKs say of themselves."""
_AS_GOOGLE_TAKES_IT = {"rouge_type"}
"""Keys of maps that descriptions name and the API does not rename, beside a field of the same name elsewhere."""
_OTHERWISE = {"Method": "TuningMethod"}  # a name that says too little among all types of the package


def derived() -> Spec:
    """The schema as the classes have it now."""
    from pulumi_ctune.program.alias import ModelVersionAlias
    from pulumi_ctune.program.dataset import get_dataset
    from pulumi_ctune.program.deployment import ModelDeployment
    from pulumi_ctune.program.evaluation_lookup import get_evaluation_run
    from pulumi_ctune.program.evaluation_run import EvaluationRun
    from pulumi_ctune.program.model_copy import ModelCopy
    from pulumi_ctune.program.tuned_model import get_tuned_model
    from pulumi_ctune.program.tuning_job import ContinuousTuningJob

    made = _Types()
    resources = (ContinuousTuningJob, ModelVersionAlias, ModelDeployment, ModelCopy, EvaluationRun)
    functions = (get_tuned_model, get_dataset, get_evaluation_run)
    config = {
        name: {"type": type_, "description": text, **({"secret": True} if name in _SECRET else {})}
        for name, (type_, text) in _CONFIG.items()
    }
    schema: Spec = {
        "name": PACKAGE,
        "displayName": "Continuous tuning",
        "description": _DESCRIPTION,
        "keywords": ["pulumi", "category/cloud", "kind/native", "vertex-ai", "gemini", "fine-tuning"],
        "publisher": "pulumi-ctune",  # whom the package for .NET names as its author; Pulumi otherwise
        "license": "Apache-2.0",
        "config": {"variables": config},
        "provider": {
            "description": "Where the resources are, and as whom.",
            "inputProperties": {
                name: _as_object(said, _AS_OBJECT[name]) if name in _AS_OBJECT else said
                for name, said in config.items()
            },
        },
        "resources": {token(each.__name__): made.resource(each) for each in resources},
        "functions": {token(camel(each.__name__)): made.function(each) for each in functions},
        "types": dict(sorted(made.types.items())),
        "language": {
            "python": {
                "packageName": "pulumi_ctune_native",
                "pyproject": {"enabled": True},
                "respectSchemaVersion": True,
                "readme": _README,
            },
            "nodejs": {"respectSchemaVersion": True, "packageDescription": _DESCRIPTION, "readme": _README},
            "go": {
                "importBasePath": _GO_IMPORT,
                "respectSchemaVersion": True,
                "generateResourceContainerTypes": True,
            },
            "csharp": {"respectSchemaVersion": True},
        },
    }
    worded: Spec = _worded(schema, names_in(schema) - _AS_GOOGLE_TAKES_IT)
    # In the words of the config, whose objects are those of Python programs.
    return {**worded, "config": schema["config"], "provider": schema["provider"]}


def _as_object(said: Spec, types: Spec) -> Spec:
    """A key of the config as an input that takes the object itself, by the names of inputs."""
    text = said["description"].replace(", in JSON: ", ", as an object or its JSON: ").replace("max_usd", "maxUsd")
    return {**said, **types, "description": text}


class _Types:
    """The types that were met on the way, by token."""

    def __init__(self) -> None:
        self.types: dict[str, Spec] = {}

    def resource(self, cls: type) -> Spec:
        from pulumi_ctune.core.type_tokens import type_of

        constructor: Callable[..., Any] = vars(cls)["__init__"]
        described = _arguments_in(constructor)
        parameters = inspect.signature(constructor).parameters
        inputs = {
            name: self._property(parameter.annotation, described[name])
            for name, parameter in parameters.items()
            if name not in ("self", "resource_name", "opts")
        }
        outputs = {
            name: self._property(_more(cls, name, annotation), docs)
            for name, annotation, docs in _attributes(cls)
            if name not in inputs
        }
        certain = [name for name, annotation, _ in _attributes(cls) if type(None) not in _members(annotation)]
        return {
            "description": inspect.cleandoc(str(cls.__doc__)).partition("\n\nOutputs:\n")[0],
            "properties": _camel_keys({**inputs, **outputs}),
            "required": [camel(name) for name in certain],
            "inputProperties": _camel_keys(inputs),
            "requiredInputs": [camel(name) for name in inputs if re.search(r"\bRequired\.", described[name])],
            "aliases": [{"type": type_of(cls.__name__)}],
        }

    def function(self, function: Callable[..., Any]) -> Spec:
        described = _arguments_in(function)
        parameters = {k: v for k, v in inspect.signature(function).parameters.items() if k != "opts"}
        inputs = {
            name: self._property(_more(function, name, each.annotation), described[name])
            for name, each in parameters.items()
        }
        required = [camel(name) for name, each in parameters.items() if each.default is inspect.Parameter.empty]
        result = inspect.signature(function).return_annotation
        return {
            "description": inspect.cleandoc(str(function.__doc__)).partition("\n\nArgs:\n")[0],
            "inputs": {"type": "object", "properties": _camel_keys(inputs), "required": required},
            "outputs": self._object(result),
        }

    def _property(self, annotation: Any, description: str = "") -> Spec:
        return {**self._type(annotation), **({"description": description} if description else {})}

    def _type(self, annotation: Any) -> Spec:
        members = [member for member in _members(annotation) if member is not type(None)]
        if {str, int, float} & {*members} and len(members) > 1:
            return {"oneOf": [{"type": _SCALARS[member]} for member in members]}
        (only,) = members
        origin, arguments = typing.get_origin(only), typing.get_args(only)
        if only in _SCALARS:
            return {"type": _SCALARS[only]}
        if origin is Literal:
            return self._literal(only)
        if origin in (Sequence, list):
            return {"type": "array", "items": self._type(arguments[0])}
        if origin in (Mapping, dict):
            return {"type": "object", "additionalProperties": self._type(arguments[1])}
        return self._reference(only) if isinstance(only, type) and only is not Any else dict(_ANY)

    def _literal(self, literal: Any) -> Spec:
        values = typing.get_args(literal)
        kinds = {type(value) for value in values}
        if kinds != {str}:  # of a choice with an enumeration in it, Go would take the type of that one alone
            return {"oneOf": [{"type": _SCALARS[kind]} for kind in (str, int) if kind in kinds]}
        name, docs = _named_literals()[literal]
        enum = [{"name": _choice(value, name), "value": value} for value in values]
        self.types[token(name)] = {"type": "string", "description": docs, "enum": enum}
        return {"$ref": f"#/types/{token(name)}"}

    def _reference(self, cls: type) -> Spec:
        name = token(cls.__name__.removesuffix("Args"))
        if name not in self.types:
            self.types[name] = {}  # in case it refers to itself
            self.types[name] = self._object(cls)
        return {"$ref": f"#/types/{name}"}

    def _object(self, cls: type) -> Spec:
        found = list(_attributes(cls))
        required = getattr(cls, "__required_keys__", None)
        if required is None:
            required = {name for name, annotation, _ in found if type(None) not in _members(annotation)}
        return {
            "type": "object",
            "description": inspect.cleandoc(cls.__doc__ or ""),
            "properties": {camel(name): self._property(annotation, docs) for name, annotation, docs in found},
            "required": [camel(name) for name, _, _ in found if name in required],
        }


def _choice(value: str, name: str) -> str:
    """What SDKs call `EXACT_MATCH` of a type: `ExactMatch`, without the type's name in front."""
    return "".join(word.capitalize() for word in value.split("_")).removeprefix(name)


def _attributes(cls: type) -> list[tuple[str, Any, str]]:
    """What a class has: names, annotations, docs."""
    from pulumi_ctune.program.attribute_docs import attribute_docs

    getters = {name: each for name, each in vars(cls).items() if isinstance(each, property)}
    if not typing.is_typeddict(cls) and not dataclasses.is_dataclass(cls) and not issubclass(cls, pulumi.Resource):
        return [(k, v.fget.__annotations__["return"], inspect.getdoc(v) or "") for k, v in getters.items() if v.fget]
    docs = attribute_docs(cls)
    return [(name, annotation, docs.get(name, "")) for name, annotation in cls.__annotations__.items()]


def _more(owner: Callable[..., Any], name: str, annotation: Any) -> Any:
    """The annotation of an output or argument, where Python's says less than is known."""
    from pulumi_ctune.data.limits import Method
    from pulumi_ctune.program.require_args import EvaluationResultArgs

    more = {("EvaluationRun", "result"): EvaluationResultArgs, ("get_dataset", "method"): Method}
    return more.get((owner.__name__, name), annotation)


def _members(annotation: Any) -> list[Any]:
    """What an annotation allows, without what Pulumi puts around it."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (typing.Union, types.UnionType):
        found = [member for each in arguments for member in _members(each)]
        return list(dict.fromkeys(found))
    if origin in (typing.Required, typing.NotRequired, pulumi.Output):
        return _members(arguments[0])
    if isinstance(annotation, ForwardRef) or origin is Awaitable:
        return []
    return [annotation]


@cache
def _named_literals() -> Mapping[Any, tuple[str, str]]:
    """Choice -> its name, and the docstring under it."""
    from pulumi_ctune.data import limits
    from pulumi_ctune.program import args, evaluation_args, require_args, reward_args

    found = {}
    for module in (args, evaluation_args, limits, require_args, reward_args):
        body = ast.parse(inspect.getsource(module)).body
        for statement, text in itertools.pairwise(body):
            match statement, text:
                case ast.Assign(targets=[ast.Name(id=name)]), ast.Expr(value=ast.Constant(value=str(docs))):
                    found[getattr(module, name)] = (_OTHERWISE.get(name, name), inspect.cleandoc(docs))
    return {value: named for value, named in found.items() if typing.get_origin(value) is Literal}


def _arguments_in(function: Callable[..., Any]) -> Mapping[str, str]:
    """Argument -> what the part `Args:` of the docstring says of it."""
    text = inspect.cleandoc(function.__doc__ or "").partition("Args:\n")[2].partition("\n\n")[0]
    found = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", text, re.MULTILINE)
    return {name: re.sub(r"\s*\n\s*", " ", words) for name, words in found}


def _camel_keys(properties: Mapping[str, Spec]) -> dict[str, Spec]:
    return {camel(name): spec for name, spec in properties.items()}


def _worded(value: Any, names: frozenset[str]) -> Any:
    """The schema with descriptions in the words of its users."""
    if isinstance(value, Mapping):
        return {
            key: _for_all(item, names) if key == "description" and isinstance(item, str) else _worded(item, names)
            for key, item in value.items()
        }
    return [_worded(item, names) for item in value] if isinstance(value, list) else value


def _for_all(text: str, names: frozenset[str]) -> str:
    """A description for programs in any language: without what it says to those in Python, types by their names."""
    text = re.sub(r"\n\nIn Python .*?(?=\n\n|$)", "", text, flags=re.DOTALL)
    return neutral(re.sub(r"`(\w+)Args`", r"`\1`", text), names)


if __name__ == "__main__":
    FILE.write_text(json.dumps(derived(), indent=1, ensure_ascii=False) + "\n")
