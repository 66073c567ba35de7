"""Programs under test: with `set_mocks` nothing is sent, and every input is there for transformations."""

import subprocess
import sys
from pathlib import Path

PROLOGUE = """
import asyncio, pulumi, pulumi_ctune as ctune

asyncio.set_event_loop(asyncio.new_event_loop())  # Python 3.14 makes none by itself, and pulumi's `set_mocks` wants one

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return [args.name + "_id", {**args.inputs, "tuned_model_name": "projects/1/locations/l/models/7@1"}]
    def call(self, args):
        print("call", args.token, dict(args.args))
        return {"tunedModelName": "projects/1/locations/l/models/7@3", "version_id": "3",
                "checkpoints": [{"checkpointId": "2", "epoch": 1}]}

pulumi.runtime.set_mocks(Mocks(), preview=PREVIEW)

def with_team(args):
    if hasattr(args.resource, "labels"):
        labels = {**(args.props["labels"] or {}), "team": "search"}
        return pulumi.ResourceTransformationResult({**args.props, "labels": labels}, args.opts)

SPEC = {"training_dataset_uri": "gs://b/o.jsonl", "hyper_parameters": {"epoch_count": 1}}
"""


def printed(body: str, tmp_path: Path, *, preview: bool = False) -> list[str]:
    """What a program prints that has these lines as the body of a Pulumi test, without any sign-in."""
    done = ended(body, tmp_path, preview=preview)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def ended(body: str, tmp_path: Path, *, preview: bool = False) -> subprocess.CompletedProcess[str]:
    """The program at its end, which may be an error."""
    lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
    source = f"PREVIEW = {preview}\n{PROLOGUE}\n@pulumi.runtime.test\ndef run():\n{lines}\nrun()\n"
    environ = {"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, env=environ, check=False)


def test_lookups_are_answered_by_the_mocks(tmp_path: Path) -> None:
    """As every lookup of pulumi-gcp is; names in snake_case and camelCase."""
    body = """
found = ctune.get_tuned_model("7@prod", project="acme")
print(found.tuned_model_name, found.version_id, found.checkpoints[0].checkpoint_id)
return ctune.get_tuned_model_output(pulumi.Output.from_input("8")).apply(lambda found: print(found.version_id))
"""

    assert printed(body, tmp_path) == [
        "call ctune:index:getTunedModel {'name': '7@prod', 'project': 'acme'}",
        "projects/1/locations/l/models/7@3 3 2",
        "call ctune:index:getTunedModel {'name': '8'}",
        "3",
    ]


def test_datasets_are_answered_by_the_mocks(tmp_path: Path) -> None:
    """Under the token of the native function, with its names."""
    body = """
Mocks.call = lambda self, args: print(args.token, dict(args.args)) or {
    "generation": "17", "exampleCount": 40, "tokenEstimate": {"low": 1, "estimate": 2, "high": 3, "how": "guessed"}}
found = ctune.get_dataset("gs://b/o.jsonl", method="sft")
print(found.uri, found.generation, found.example_count, found.token_estimate.high, found.md5_hash)
return ctune.get_dataset_output(pulumi.Output.from_input("gs://b/p.jsonl")).apply(lambda found: print(found.generation))
"""

    assert printed(body, tmp_path) == [
        "ctune:index:getDataset {'uri': 'gs://b/o.jsonl', 'method': 'sft'}",
        "gs://b/o.jsonl 17 40 3 None",
        "ctune:index:getDataset {'uri': 'gs://b/p.jsonl'}",
        "17",
    ]


def test_transformation_finds_every_input_and_attributes_tell_what_it_made(tmp_path: Path) -> None:
    """In an `up` and in a preview: labels as transformed, inputs that nobody gave None, outputs those of the mocks."""
    body = """
pulumi.runtime.register_stack_transformation(with_team)
job = ctune.ContinuousTuningJob("sft", base_model="gemini-3.5-flash", supervised_tuning_spec=SPEC)
values = [job.labels, job.description, job.triggers, job.base_model, job.tuned_model_name]
return pulumi.Output.all(*values).apply(print)
"""
    expected = ["[{'team': 'search'}, None, None, 'gemini-3.5-flash', 'projects/1/locations/l/models/7@1']"]

    assert printed(body, tmp_path) == expected
    assert printed(body, tmp_path, preview=True) == expected


def test_import_is_refused_in_one_line(tmp_path: Path) -> None:
    """As an error that Pulumi shows without a traceback, with what to do instead."""
    body = """
for kind in (ctune.ContinuousTuningJob, ctune.ModelVersionAlias, ctune.ModelDeployment, ctune.ModelCopy):
    try:
        kind("old", opts=pulumi.ResourceOptions(import_="ID"))
    except pulumi.RunError as error:
        print(error)
"""
    refusal = "this resource cannot be imported [old: import_]: Pulumi's Python providers have no import."

    assert printed(body, tmp_path) == [
        f"{refusal} Set the input adopt_job='ID' instead, which may be dropped afterwards.",
        f"{refusal} Leave it out: an alias that is there is taken over as it is declared.",
        f"{refusal} Leave it out: the version is deployed beside what the endpoint has already.",
        f"{refusal} Leave it out, and let the program copy the version.",
    ]


def test_lookup_by_a_secret_name_does_not_show_it(tmp_path: Path) -> None:
    """The error of a lookup quotes its argument; a secret one is hidden in it."""
    body = """
Mocks.call = lambda self, args: ({}, [("name", "there is no " + args.args["name"])])
return ctune.get_tuned_model_output(pulumi.Output.secret("hunter2"))
"""

    reported = ended(body, tmp_path).stderr

    assert reported.splitlines()[-1].endswith("the tuned model could not be looked up: there is no [secret]")
    assert "is no hunter2" not in reported


def test_program_tells_the_paths_of_what_it_marks_as_secret(tmp_path: Path) -> None:
    """A value, a leaf within a plain dict or list, and an input named by `additional_secret_outputs`."""
    body = """
Mocks.new_resource = lambda self, args: print(args.inputs["__program"]["secret_inputs"]) or ("id", args.inputs)
secret, plain = pulumi.Output.secret("x"), pulumi.Output.from_input("y")
return ctune.ContinuousTuningJob(
    "sft", base_model=plain, supervised_tuning_spec={"training_dataset_uri": secret}, triggers=[plain, secret],
    service_account=secret, opts=pulumi.ResourceOptions(additional_secret_outputs=["description", "endpoint"]),
).name
"""
    marked = [
        ["description"],
        ["supervised_tuning_spec", "training_dataset_uri"],
        ["service_account"],
        ["triggers", 1.0],
    ]

    assert printed(body, tmp_path) == [str(marked)]
