"""What is taken from an explicit `gcp.Provider`, and what is refused, for resources and lookups alike."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pulumi_ctune import agreement
from pulumi_ctune.config import ApiEndpoint, Settings, fingerprint

PROLOGUE = """
import asyncio, json, pulumi, pulumi_gcp as gcp, pulumi_ctune as ctune
from pulumi_ctune.program import stack

UNKNOWN = ("unknown", '"unknown"')  # also as the JSON that pulumi-gcp makes of what is no text

class Mocks(pulumi.runtime.Mocks):
    def new_resource(self, args):
        return [args.name, {k: pulumi.UNKNOWN if v in UNKNOWN else v for k, v in args.inputs.items()}]
    def call(self, args):
        return {}

asyncio.set_event_loop(asyncio.new_event_loop())  # Python 3.14 makes none by itself, and pulumi's `set_mocks` wants one
pulumi.runtime.set_mocks(Mocks(), preview=True)
pulumi.runtime.set_all_config(CONFIG)

async def told(*arguments):
    return await pulumi.Output.from_input(stack.program(*arguments)).future(with_unknowns=True)

async def looked_up(opts, project=None, location=None):
    try:
        found = await stack.lookup(project, location, opts)
    except ctune.CtuneError as error:
        return str(error)
    return found and [found.project, found.location]
"""
CONFIG = {"gcp:project": "acme", "gcp:region": "us-central1", "gcp:defaultLabels": '{"team": "stack"}'}


def seen(body: str, tmp_path: Path, config: dict[str, str] | None = None, env: dict[str, str] | None = None) -> Any:
    """What `return` of an async body gives, as JSON, in a program of a stack with this config."""
    lines = "".join(f"        {line}\n" for line in body.strip().splitlines())
    source = f"CONFIG = { ({**CONFIG, **(config or {})})!r}\n{PROLOGUE}\n@pulumi.runtime.test\ndef run():\n"
    source += f"    async def body():\n{lines}\n    return body()\n"
    source = source.replace(
        "return body()", "return pulumi.Output.from_input(body()).apply(lambda it: print(json.dumps(it)))"
    )
    environ = {"PATH": "", "HOME": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2]), **(env or {})}
    done = subprocess.run(
        [sys.executable, "-c", source + "\nrun()\n"], capture_output=True, text=True, env=environ, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_program_tells_no_identity_in_plain_text(tmp_path: Path) -> None:
    """Whatever may be a secret goes to the provider as a fingerprint; what is not set is None."""
    found = seen(
        """
provider = gcp.Provider("p", access_token="ya29.x", impersonate_service_account=pulumi.Output.secret("t@acme.iam"),
    user_project_override=True, billing_project="bill", default_labels={"team": "own"})
return await told(pulumi.ResourceOptions(provider=provider), {})
""",
        tmp_path,
    )

    assert found["default_labels"] == {"team": "own"}
    assert found["gcp_provider"] == {
        "gcp:accessToken": fingerprint("ya29.x"),
        "gcp:credentials": None,
        "gcp:impersonateServiceAccount": fingerprint("t@acme.iam"),
        "gcp:impersonateServiceAccountDelegates": None,
        "gcp:externalCredentials": None,
        "gcp:universeDomain": None,
        "gcp:billingProject": fingerprint("bill"),
        "gcp:userProjectOverride": fingerprint("true"),
        "gcp:project": None,
    }


def test_identity_of_a_provider_comes_from_the_environment_too(tmp_path: Path) -> None:
    """As pulumi-gcp's plugin reads it; a project that pays for requests is part of it, and no label of the stack's."""
    found = seen(
        'return await told(pulumi.ResourceOptions(provider=gcp.Provider("p", project="other")), {})',
        tmp_path,
        env={"GOOGLE_OAUTH_ACCESS_TOKEN": "ya29.env", "USER_PROJECT_OVERRIDE": "1"},
    )

    identity = {key: text for key, text in found["gcp_provider"].items() if text}
    assert identity == {
        "gcp:accessToken": fingerprint("ya29.env"),
        "gcp:userProjectOverride": fingerprint("true"),
        "gcp:project": fingerprint("other"),
    }
    assert found["default_labels"] == {}


def test_values_of_a_provider_that_are_not_known_yet_stay_unknown(tmp_path: Path) -> None:
    """What the program did not give is known to be nothing, in previews too; the rest is for the update to compare."""
    found = seen(
        """
provider = gcp.Provider("p", region="unknown", billing_project="unknown", default_labels="unknown")
opts = pulumi.ResourceOptions(provider=provider)
told = stack.program(opts, {})
asked = {**told["gcp_provider"], "labels": told["default_labels"],
    "region": stack.region_or_default(None, opts), "project": stack.project_or_default(None, opts)}
return {key: await output.is_known() and [await output.future()] for key, output in asked.items()}
""",
        tmp_path,
    )

    assert {key for key, value in found.items() if not value} == {"gcp:billingProject", "labels", "region"}
    assert found["project"] == ["acme"]
    assert found["gcp:accessToken"] == [None]


GIVEN = {"gcp:impersonateServiceAccount": fingerprint("t@acme.iam"), "gcp:billingProject": None}


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        (Settings(impersonate_service_account="t@acme.iam"), ""),
        (Settings(), "gcp:impersonateServiceAccount cannot be taken from it"),
        (Settings(impersonate_service_account="x@acme.iam"), "gcp:impersonateServiceAccount cannot be taken from it"),
        (
            Settings(impersonate_service_account="t@acme.iam", billing_project="bill"),
            "it lacks gcp:billingProject of the stack",
        ),
        (
            Settings(
                impersonate_service_account="t@acme.iam",
                billing_project="bill",
                api_endpoint=ApiEndpoint("url", "http://localhost:8085"),
            ),
            "",
        ),
    ],
    ids=["same", "provider-only", "another", "stack-only", "stack-only-on-an-emulator"],
)
def test_identity_is_one(settings: Settings, why: str) -> None:
    """What a provider has or lacks is never passed over, but where nobody is asked who it is."""
    refusal = agreement.other_identity(GIVEN, settings)

    assert why in str(refusal) if why else refusal is None


LOOKUPS = """
class Component(pulumi.ComponentResource):
    def __init__(self, provider):
        super().__init__("acme:index:Component", "c", None, pulumi.ResourceOptions(providers=[provider]))

there = gcp.Provider("there", project="other", region="europe-west4")
later = gcp.Provider("later", project="unknown")
someone = gcp.Provider("someone", impersonate_service_account="t@acme.iam")
python = pulumi.ProviderResource("pulumi-python", "py", {"ctune:apiEndpoint": "embedded:d"})
return [
    await looked_up(None),
    await looked_up(pulumi.InvokeOptions(provider=there)),
    await looked_up(pulumi.InvokeOptions(parent=Component(there))),
    await looked_up(pulumi.InvokeOptions(provider=there), "mine"),
    await looked_up(pulumi.InvokeOptions(provider=later)),
    await looked_up(pulumi.InvokeOptions(provider=someone)),
    await looked_up(pulumi.InvokeOptions(provider=python)),
]
"""


def test_lookup_goes_where_a_resource_with_the_same_provider_would(tmp_path: Path) -> None:
    """Project and region of the provider, by option or parent; another identity or other settings are refused."""
    *places, someone, python = seen(LOOKUPS, tmp_path)

    assert places == [
        ["acme", "us-central1"],
        ["other", "europe-west4"],
        ["other", "europe-west4"],
        ["mine", "europe-west4"],
        None,
    ]
    assert "gcp:impersonateServiceAccount cannot be taken from it" in someone
    assert "ctune:apiEndpoint is not set in the program and embedded:d here" in python


def test_lookup_takes_the_settings_that_program_and_provider_share(tmp_path: Path) -> None:
    """An explicit `pulumi-python` provider that was given the stack's settings is no other service."""
    body = LOOKUPS.replace("await looked_up(None),", "").replace("someone = ", "_ = ")
    body = body.replace("provider=someone", "provider=there")

    assert seen(body, tmp_path, {"ctune:apiEndpoint": "embedded:d"})[-1] == ["acme", "us-central1"]
