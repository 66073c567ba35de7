"""`ModelCopy`, the resource: a copy of a model version in another project or region.

What users write and read. What its verbs do is `pulumi_ctune.model_copy`'s business.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.program_facts import PROGRAM
from pulumi_ctune.core.type_tokens import MODULE
from pulumi_ctune.model_copy.attributes import NAME, OUTPUTS
from pulumi_ctune.program.args import DeletionPolicy, EncryptionSpecArgs
from pulumi_ctune.program.attribute_docs import outputs_in_help
from pulumi_ctune.program.optional_outputs import settle_absent, settle_left_out
from pulumi_ctune.program.require_args import MetricRequirementArgs
from pulumi_ctune.program.stack import owner_of, program, project_or_default, refuse_import, region_or_default
from pulumi_ctune.program.tuning_job import TunedModelCheckpoint
from pulumi_ctune.providers import ModelCopyProvider


@outputs_in_help
class ModelCopy(Resource, module=MODULE, name=NAME):
    """A model version, copied to another project or region: for stages that have a Google Cloud project of their own.

    Google copies to another project or to another region, not to both in one step: that takes two of these. Another
    source makes the next version of `parent_model`, or without one another model in the place of this one. Exactly one
    copy is made, whatever interrupts it. The id is the name of the version that was made first.

    Not documented by Google: whether checkpoints beside the default one come along, and whether a job can continue from
    a copy.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/machine-learning/model-registry/copy-model
    """

    source_model_name: pulumi.Output[str]
    project: pulumi.Output[str]
    location: pulumi.Output[str]
    model_id: pulumi.Output[str | None]
    parent_model: pulumi.Output[str | None]
    encryption_spec: pulumi.Output[dict[str, Any] | None]
    labels: pulumi.Output[dict[str, str] | None]
    deletion_policy: pulumi.Output[str | None]
    require: pulumi.Output[list[dict[str, Any]] | None]

    tuned_model_name: pulumi.Output[str]
    """`projects/N/locations/L/models/M@V`, the copy: what `ModelDeployment` and `ModelVersionAlias` take."""
    model: pulumi.Output[str]
    """`tuned_model_name` without `@V`."""
    version_id: pulumi.Output[str]
    """The numeric version, as text."""
    checkpoints: pulumi.Output[Sequence[TunedModelCheckpoint]]
    """The checkpoints that came along; those of the registry have no `endpoint`."""
    base_model: pulumi.Output[str | None]
    """The Gemini model that it was tuned from in the end; None where the registry does not say."""
    create_time: pulumi.Output[str | None]
    """When the copy was made, RFC 3339."""

    def __init__(
        self,
        resource_name: str,
        *,
        source_model_name: pulumi.Input[str] | None = None,
        project: pulumi.Input[str] | None = None,
        location: pulumi.Input[str] | None = None,
        model_id: pulumi.Input[str] | None = None,
        parent_model: pulumi.Input[str] | None = None,
        encryption_spec: pulumi.Input[EncryptionSpecArgs] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        deletion_policy: pulumi.Input[DeletionPolicy] | None = None,
        require: pulumi.Input[Sequence[pulumi.Input[MetricRequirementArgs]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a copy.

        Args:
            resource_name: Name of the resource in the stack.
            source_model_name: The version to copy, by its number: `projects/P/locations/L/models/M@V`, such as the
                `tuned_model_name` of another stage's release. Required.
            project: Project id or number of the copy. Default: `gcp:project`, then GOOGLE_PROJECT and related
                variables.
            location: Region of the copy. Default: `gcp:region`, then GOOGLE_REGION and related variables.
            model_id: Id of the new model: up to 63 characters a-z, 0-9, _ or -, the first a letter or _. Default: one
                that is derived from resource and source.
            parent_model: A model of the destination, `projects/P/locations/L/models/M`: the copy is its next version.
                Not with `model_id`.
            encryption_spec: CMEK: `{"kms_key_name": ...}`, a key of the destination. The source's key is not inherited.
            labels: At most 64, beside those of the source. Labels of this package (`ctune-`) are added.
            deletion_policy: `ABANDON` (default) leaves the copy, `DELETE` removes it, `PREVENT` refuses to delete.
            require: Limits on the source's training series and evaluations, checked before anything is copied. Default:
                none.
            opts: Pulumi's options; `custom_timeouts` limit create, update and delete (1 h).
        """
        refuse_import(resource_name, opts, "Leave it out, and let the program copy the version.")
        inputs: dict[str, Any] = {
            "source_model_name": source_model_name,
            "project": project_or_default(project, opts),
            "location": region_or_default(location, opts),
            "model_id": model_id,
            "parent_model": parent_model,
            "encryption_spec": encryption_spec,
            "labels": labels,
            "deletion_policy": deletion_policy,
            "require": require,
            OWNER: owner_of(resource_name),
        }
        # Only keys that are named here become attributes; the provider fills the outputs.
        super().__init__(
            ModelCopyProvider(),
            resource_name,
            {**inputs, PROGRAM: program(opts, inputs), **dict.fromkeys(OUTPUTS)},
            opts,
        )
        settle_absent(self, ("base_model", "create_time"), beside="tuned_model_name")
        settle_left_out(self, inputs)

    @staticmethod
    def get(resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> "ModelCopy":
        """Look up a copy without managing it. `id` is `projects/P/locations/L/models/M@V`. Fails if it is no copy."""
        return ModelCopy(resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)))
