"""What the real CLI shows where the emulator does not do the work: a line each, and nothing changed."""

from pathlib import Path

from .stacks import Place, gcp_stack, on


def test_unknown_type_is_refused_by_name(tmp_path: Path, pulumi_bin: Path) -> None:
    """A resource type that is not served is named, with those that are."""
    program = "import pulumi_gcp as gcp\ngcp.pubsub.Topic('news')\n"
    stack = gcp_stack(tmp_path / "stack", pulumi_bin, program, config=on(Place(tmp_path / "vertex")))

    run = stack.preview(fails=True)

    assert run.errors == [
        "the emulator's gcp plugin does not serve gcp:pubsub/topic:Topic: it has kms/cryptoKey, "
        "kms/cryptoKeyIAMMember, kms/keyRing, projects/iAMMember, projects/service, projects/serviceIdentity, "
        "serviceaccount/account, serviceaccount/iAMMember, storage/bucket, storage/bucketIAMMember, "
        "storage/bucketObject, vertex/aiEndpoint, vertex/aiEndpointIamMember. "
        "Leave the resource out of this stack, or use the real plugin."
    ]


def test_stack_that_means_google_is_refused(tmp_path: Path, pulumi_bin: Path) -> None:
    """Without the emulator's place in the config nothing is made anywhere, though the plugin is installed."""
    program = "import pulumi_gcp as gcp\ngcp.storage.Bucket('data', location='us')\n"
    stack = gcp_stack(tmp_path / "stack", pulumi_bin, program, config={"gcp:project": "acme"})

    run = stack.up(fails=True)

    assert run.errors[0] == (
        "this pulumi-resource-gcp is the emulator's and never reaches Google [gcp:vertexAiCustomEndpoint]: it is not "
        "set. For the emulator: pulumi config set gcp:vertexAiCustomEndpoint embedded:DIR. "
        "For Google: use a PULUMI_HOME that has the real plugin."
    )
    assert "data" not in run.ops
