"""The kinds of resources that the emulator serves, with ids and outputs as the real plugin has them.

Source: https://www.pulumi.com/registry/packages/gcp/api-docs/
"""

import hashlib

from vertex_emulator.names import project_number
from vertex_emulator.pulumi_gcp.buckets import BUCKET
from vertex_emulator.pulumi_gcp.endpoint_members import AI_ENDPOINT_IAM_MEMBER
from vertex_emulator.pulumi_gcp.endpoints import AI_ENDPOINT
from vertex_emulator.pulumi_gcp.errors import InvalidInputError
from vertex_emulator.pulumi_gcp.kinds import Kind
from vertex_emulator.pulumi_gcp.objects import BUCKET_OBJECT
from vertex_emulator.pulumi_gcp.recorded import ProjectMember, Recorded, membership
from vertex_emulator.pulumi_gcp.values import Properties

_LONGEST_ACCOUNT_ID = 30


def _account_id(name: str, seed: bytes) -> str:
    suffix = f"-{seed.hex()[:7]}"
    return name.lower()[: _LONGEST_ACCOUNT_ID - len(suffix)] + suffix


def _email(inputs: Properties) -> str:
    return f"{inputs['accountId']}@{inputs['project']}.iam.gserviceaccount.com"


def _account(inputs: Properties, resource_id: str) -> Properties:
    email = _email(inputs)
    unique_id = 10**20 + int.from_bytes(hashlib.sha256(email.encode()).digest()[:8], "big")
    return {"email": email, "member": f"serviceAccount:{email}", "name": resource_id, "uniqueId": str(unique_id)}


def _service_agent(inputs: Properties, resource_id: str) -> Properties:
    service = inputs["service"].partition(".")[0]
    email = f"service-{project_number(inputs['project'])}@gcp-sa-{service}.iam.gserviceaccount.com"
    return {"email": email, "member": f"serviceAccount:{email}"}


def _crypto_key(inputs: Properties, resource_id: str) -> Properties:
    labels = inputs.get("labels", {})
    primary = {"name": f"{resource_id}/cryptoKeyVersions/1", "state": "ENABLED"}
    return {"primaries": [primary], "effectiveLabels": labels, "pulumiLabels": labels}


_KINDS: tuple[Kind, ...] = (
    BUCKET,
    BUCKET_OBJECT,
    AI_ENDPOINT,
    AI_ENDPOINT_IAM_MEMBER,
    membership(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        lambda inputs: f"b/{inputs['bucket'].removeprefix('b/')}",
        shown="bucket",
    ),
    Recorded(
        token="gcp:kms/keyRing:KeyRing",
        named_by="name",
        defaults=("project",),
        identity=lambda inputs: "projects/{project}/locations/{location}/keyRings/{name}".format_map(inputs),
        unique=True,
    ),
    Recorded(
        token="gcp:kms/cryptoKey:CryptoKey",
        named_by="name",
        in_place=frozenset(("labels", "rotationPeriod", "versionTemplate", "keyAccessJustificationsPolicy")),
        computed=("primaries", "effectiveLabels", "pulumiLabels"),
        identity=lambda inputs: "{keyRing}/cryptoKeys/{name}".format_map(inputs),
        derived=_crypto_key,
        unique=True,
    ),
    membership("gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember", lambda inputs: str(inputs["cryptoKeyId"])),
    Recorded(
        token="gcp:serviceaccount/account:Account",
        named_by="accountId",
        automatic_name=_account_id,
        defaults=("project",),
        in_place=frozenset(("displayName", "description", "disabled", "createIgnoreAlreadyExists")),
        computed=("email", "member", "name", "uniqueId"),
        identity=lambda inputs: f"projects/{inputs['project']}/serviceAccounts/{_email(inputs)}",
        derived=_account,
        unique=True,
    ),
    membership("gcp:serviceaccount/iAMMember:IAMMember", lambda inputs: str(inputs["serviceAccountId"])),
    membership("gcp:projects/iAMMember:IAMMember", lambda inputs: str(inputs["project"]), kind=ProjectMember),
    Recorded(
        token="gcp:projects/service:Service",
        defaults=("project",),
        in_place=frozenset(("disableDependentServices", "disableOnDestroy", "checkIfServiceHasUsageOnDestroy")),
        identity=lambda inputs: "{project}/{service}".format_map(inputs),
    ),
    Recorded(
        token="gcp:projects/serviceIdentity:ServiceIdentity",
        defaults=("project",),
        computed=("email", "member"),
        identity=lambda inputs: "projects/{project}/services/{service}".format_map(inputs),
        derived=_service_agent,
    ),
)
_BY_TOKEN = {kind.token: kind for kind in _KINDS}
TOKENS = tuple(sorted(_BY_TOKEN))


def kind_of(token: str) -> Kind:
    """The kind of resource of a type token such as `gcp:storage/bucket:Bucket`.

    Raises:
        InvalidInputError: it is not served; names those that are.
    """
    if kind := _BY_TOKEN.get(token):
        return kind
    raise InvalidInputError(
        f"the emulator's gcp plugin does not serve {token}",
        why=f"it has {', '.join(known.partition(':')[2].rpartition(':')[0] for known in TOKENS)}",
        next_step="Leave the resource out of this stack, or use the real plugin.",
    )
