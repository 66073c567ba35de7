"""Training data and held-out rows in Cloud Storage, and the account that the jobs read them as."""

import hashlib
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

FOLDER = Path("datasets")
HELD_OUT = "support-held-out"
FILES = ("support-sft-train", "support-sft-validation", "support-rft-train", "support-rft-validation", HELD_OUT)


class Datasets(pulumi.ComponentResource):
    """A bucket with the files of `datasets/`, each under a name that changes with its content.

    A name of its own for each content keeps the old object until the new one is there, and shows in a preview what is
    tuned again.
    """

    def __init__(self, name: str, *, location: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("support-bot:data:Datasets", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.bucket = gcp.storage.Bucket(
            name,
            location=location,
            uniform_bucket_level_access=True,
            public_access_prevention="enforced",
            opts=child,
        )
        self.objects = {file: self._uploaded(file, child) for file in FILES}
        self.register_outputs({"bucket": self.bucket.url})

    def uri(self, file: str) -> pulumi.Output[str]:
        """Where a file lies: `gs://BUCKET/OBJECT`."""
        return pulumi.Output.concat("gs://", self.objects[file].bucket, "/", self.objects[file].name)

    def generations(self, *files: str) -> list[pulumi.Output[int]]:
        """What changes when somebody uploads one of these files anew, even with the same content."""
        return [self.objects[file].generation for file in files]

    def _uploaded(self, file: str, child: pulumi.ResourceOptions) -> gcp.storage.BucketObject:
        path = FOLDER / f"{file}.jsonl"
        if not path.is_file():
            raise pulumi.RunError(f"there is no file {path.absolute()}: a stack that tunes uploads it.")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12]
        return gcp.storage.BucketObject(
            file, bucket=self.bucket.name, name=f"{file}-{digest}.jsonl", source=pulumi.FileAsset(str(path)), opts=child
        )


class Reader(pulumi.ComponentResource):
    """The account that the jobs read the data as, with all it needs.

    https://docs.cloud.google.com/iam/docs/roles-permissions/aiplatform
    """

    def __init__(self, name: str, *, datasets: Datasets, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("support-bot:data:Reader", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        project = gcp.organizations.get_project()
        tuning_agent = f"serviceAccount:service-{project.number}@gcp-sa-vertex-tune.iam.gserviceaccount.com"
        account_id = f"{name}-{pulumi.get_stack()}"
        account = gcp.serviceaccount.Account(name, account_id=account_id, opts=child)
        gcp.storage.BucketIAMMember(
            "reads-datasets",
            bucket=datasets.bucket.name,
            role="roles/storage.objectViewer",
            member=account.member,
            opts=child,
        )
        gcp.projects.IAMMember(
            "tunes",
            project=project.project_id,
            role="roles/aiplatform.tuningServiceAgent",
            member=account.member,
            opts=child,
        )
        gcp.serviceaccount.IAMMember(
            "is-used-by-tuning",
            service_account_id=account.name,
            role="roles/iam.serviceAccountTokenCreator",
            member=tuning_agent,
            opts=child,
        )
        # Not account.email: unknown in a preview, it would hide that a job is replaced. (In a project with a domain,
        # example.com:acme, accounts are spelt acme.example.com.)
        self.email = f"{account_id}@{project.project_id}.iam.gserviceaccount.com"
        self.register_outputs({"email": self.email})
