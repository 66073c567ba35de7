"""`ContinuousTuningJob`, the resource: one tuning job on Vertex AI and the model version that it makes.

What users write and read. What its verbs do is `pulumi_ctune.tuning_job`'s business.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import Resource

from pulumi_ctune.core.hidden import OWNER
from pulumi_ctune.core.program_facts import BASE_MODEL, PROGRAM, SUM_FILE
from pulumi_ctune.core.type_tokens import MODULE
from pulumi_ctune.program import training_sum
from pulumi_ctune.program.args import (
    BudgetArgs,
    DeletionPolicy,
    EncryptionSpecArgs,
    PreferenceOptimizationSpecArgs,
    PreTunedModelArgs,
    ReinforcementTuningSpecArgs,
    SupervisedTuningSpecArgs,
)
from pulumi_ctune.program.attribute_docs import outputs_in_help
from pulumi_ctune.program.optional_outputs import settle_absent, settle_left_out
from pulumi_ctune.program.stack import (
    owner_of,
    program,
    project_or_default,
    refuse_import,
    region_or_default,
)
from pulumi_ctune.providers import ContinuousTuningJobProvider
from pulumi_ctune.tuning_job.attributes import INPUTS, NAME, OPTIONAL_OUTPUTS, OUTPUTS


@pulumi.output_type
class TunedModelCheckpoint(dict[str, Any]):
    """One checkpoint that the job made: an entry of the output `checkpoints`.

    In Python it is read as attributes or as a dict.
    """

    def __init__(
        self, *, checkpoint_id: str, epoch: int | None = None, step: int | None = None, endpoint: str | None = None
    ) -> None:
        pulumi.set(self, "checkpoint_id", checkpoint_id)
        pulumi.set(self, "epoch", epoch)
        pulumi.set(self, "step", step)
        pulumi.set(self, "endpoint", endpoint)

    @property
    @pulumi.getter
    def checkpoint_id(self) -> str:
        """The id that `pre_tuned_model.checkpoint_id` takes, such as `"2"`."""
        return pulumi.get(self, "checkpoint_id")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def epoch(self) -> int | None:
        """Epochs completed when it was made."""
        return pulumi.get(self, "epoch")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def step(self) -> int | None:
        """Steps completed when it was made."""
        return pulumi.get(self, "step")  # type: ignore[no-any-return]

    @property
    @pulumi.getter
    def endpoint(self) -> str | None:
        """Full name of the endpoint that serves this checkpoint."""
        return pulumi.get(self, "endpoint")  # type: ignore[no-any-return]


async def _base_model_of(source: Any) -> str | None:
    """What a job of this program is tuned from in the end, by the resources that its source comes from: prices hang on
    it, and a preview does not know the source's name. None where the program does not tell.
    """
    jobs = [each for output in _outputs_in(source) for each in await output.resources()]
    found = set()
    for job in jobs:
        if isinstance(job, ContinuousTuningJob):
            given: Any = await _base_model_of(job._source) if job._source is not None else job._base_model
            if isinstance(given, pulumi.Output):
                given = None if await given.is_secret() else await given.future(with_unknowns=False)
            found.add(given)
    named = found.pop() if len(found) == 1 else None
    return named if isinstance(named, str) else None


def _outputs_in(source: Any) -> list[pulumi.Output[Any]]:
    given = source.values() if isinstance(source, Mapping) else [source]
    return [value for value in given if isinstance(value, pulumi.Output)]


@outputs_in_help
class ContinuousTuningJob(Resource, module=MODULE, name=NAME):
    """One tuning job and the model version that it makes.

    `pulumi up` submits the job once, waits for it (24 h unless `custom_timeouts` says otherwise) and records what it
    made. An interrupted wait leaves the job running at Google; the next `pulumi up` resumes it.

    Source: https://docs.cloud.google.com/gemini-enterprise-agent-platform/models/tuning/continuous-tuning and
    https://docs.cloud.google.com/gemini-enterprise-agent-platform/reference/rest/v1beta1/projects.locations.tuningJobs
    """

    project: pulumi.Output[str]
    location: pulumi.Output[str]
    base_model: pulumi.Output[str | None]
    pre_tuned_model: pulumi.Output[dict[str, Any] | None]
    supervised_tuning_spec: pulumi.Output[dict[str, Any] | None]
    reinforcement_tuning_spec: pulumi.Output[dict[str, Any] | None]
    preference_optimization_spec: pulumi.Output[dict[str, Any] | None]
    tuned_model_display_name: pulumi.Output[str | None]
    description: pulumi.Output[str | None]
    labels: pulumi.Output[dict[str, str] | None]
    encryption_spec: pulumi.Output[dict[str, Any] | None]
    service_account: pulumi.Output[str | None]
    triggers: pulumi.Output[list[Any] | None]
    adopt_job: pulumi.Output[str | None]
    deletion_policy: pulumi.Output[str | None]
    budget: pulumi.Output[dict[str, Any] | None]

    name: pulumi.Output[str]
    """Full name of the tuning job, `projects/N/locations/L/tuningJobs/J`; also the resource's id."""
    state: pulumi.Output[str]
    """The job's state, `JOB_STATE_SUCCEEDED` once `up` has finished."""
    tuned_model_name: pulumi.Output[str]
    """`projects/N/locations/L/models/M@V`: what `pre_tuned_model.tuned_model_name` of the next job takes."""
    model: pulumi.Output[str]
    """`tuned_model_name` without `@V`."""
    version_id: pulumi.Output[str]
    """The numeric version, as text."""
    endpoint: pulumi.Output[str]
    """Full name of the endpoint that Google deployed the default checkpoint to. New with each job: see
    `ModelDeployment` for an address that stays."""
    endpoint_id: pulumi.Output[str]
    """Last segment of `endpoint`."""
    endpoint_location: pulumi.Output[str]
    """Location of `endpoint`, which may be another than the job's (`us` for a Gemini 3 job in `us-central1`)."""
    checkpoints: pulumi.Output[Sequence[TunedModelCheckpoint]]
    """The checkpoints that the job made, first to last; empty with `export_last_checkpoint_only`."""
    default_checkpoint_id: pulumi.Output[str | None]
    """The checkpoint that `endpoint` serves; None if there are no checkpoints."""
    experiment: pulumi.Output[str | None]
    """Full name of the Vertex AI experiment that holds the training series."""
    source_model_name: pulumi.Output[str | None]
    """The model version that the job continued from, pinned to its number; None from a base model."""
    source_checkpoint_id: pulumi.Output[str | None]
    """The checkpoint that the job continued from; None from a base model."""
    create_time: pulumi.Output[str]
    """When the job was created, RFC 3339."""
    start_time: pulumi.Output[str | None]
    """When the job first ran, RFC 3339."""
    end_time: pulumi.Output[str | None]
    """When the job ended, RFC 3339."""
    billable_token_count: pulumi.Output[int | None]
    """Tokens of the dataset, as the API counts them: of one epoch; None if the service does not say."""
    training_token_count: pulumi.Output[int | None]
    """`billable_token_count` times the epochs that were trained: what is billed; None if one is not known (RFT)."""
    dropped_example_count: pulumi.Output[int | None]
    """Training examples that the service left out without failing the job; None if it does not say."""
    console_url: pulumi.Output[str]
    """The job's page in the Google Cloud console; empty on the emulator, which has none."""
    metrics: pulumi.Output[dict[str, float]]
    """Last value of each training series by the API's name, such as `/eval_total_loss`; empty if unreadable."""

    def __init__(
        self,
        resource_name: str,
        *,
        project: pulumi.Input[str] | None = None,
        location: pulumi.Input[str] | None = None,
        base_model: pulumi.Input[str] | None = None,
        pre_tuned_model: pulumi.Input[PreTunedModelArgs] | None = None,
        supervised_tuning_spec: pulumi.Input[SupervisedTuningSpecArgs] | None = None,
        reinforcement_tuning_spec: pulumi.Input[ReinforcementTuningSpecArgs] | None = None,
        preference_optimization_spec: pulumi.Input[PreferenceOptimizationSpecArgs] | None = None,
        tuned_model_display_name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        labels: pulumi.Input[Mapping[str, pulumi.Input[str]]] | None = None,
        encryption_spec: pulumi.Input[EncryptionSpecArgs] | None = None,
        service_account: pulumi.Input[str] | None = None,
        triggers: pulumi.Input[Sequence[Any]] | None = None,
        adopt_job: pulumi.Input[str] | None = None,
        deletion_policy: pulumi.Input[DeletionPolicy] | None = None,
        budget: pulumi.Input[BudgetArgs] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare a tuning job.

        Args:
            resource_name: Name of the resource in the stack.
            project: Project id or number. Default: `gcp:project`, then GOOGLE_PROJECT and related variables.
            location: Region of the job (`us-central1`), not `global`. Default: `gcp:region`, then GOOGLE_REGION and
                related variables.
            base_model: The Gemini model to tune (`gemini-3.5-flash`); this or `pre_tuned_model`.
            pre_tuned_model: The tuned model, and optionally the checkpoint, to continue from.
            supervised_tuning_spec: Supervised fine-tuning (SFT); exactly one of the three specs.
            reinforcement_tuning_spec: Reinforcement fine-tuning (RFT).
            preference_optimization_spec: Preference tuning (DPO).
            tuned_model_display_name: At most 128 characters. Without it, or with the name of the source's model, the
                job makes the next version of that model; another name makes a new model. Default from a base model: the
                service chooses one.
            description: Of the job and of the model version.
            labels: At most 64; also put on model version and endpoints. Labels of this package (`ctune-`) are added.
            encryption_spec: CMEK: `{"kms_key_name": ...}`, in the job's location; a continued job needs the key of its
                source.
            service_account: Email of the account that reads the datasets. Default: the tuning service agent.
            triggers: Any values. If one changes, the job is replaced: another training run.
            adopt_job: Id or full name of an existing tuning job to take over instead of submitting one. It must match
                the inputs. Afterwards the input may be removed.
            deletion_policy: `ABANDON` (default) leaves the results, `DELETE` removes what the job made, `PREVENT`
                refuses to delete.
            budget: What the job may train or cost: `{"max_usd": 20}`, `{"max_tokens": 2_000_000}` or both. Changed in
                place. Default: the config key `ctune:budget`.
            opts: Pulumi's options; `custom_timeouts` (create, update) limit the wait.
        """
        refuse_import(resource_name, opts, "Set the input adopt_job='{id}' instead, which may be dropped afterwards.")
        inputs: dict[str, Any] = {
            "project": project_or_default(project, opts),
            "location": region_or_default(location, opts),
            "base_model": base_model,
            "pre_tuned_model": pre_tuned_model,
            "supervised_tuning_spec": supervised_tuning_spec,
            "reinforcement_tuning_spec": reinforcement_tuning_spec,
            "preference_optimization_spec": preference_optimization_spec,
            "tuned_model_display_name": tuned_model_display_name,
            "description": description,
            "labels": labels,
            "encryption_spec": encryption_spec,
            "service_account": service_account,
            "triggers": triggers,
            "adopt_job": adopt_job,
            "deletion_policy": deletion_policy,
            "budget": budget,
            OWNER: owner_of(resource_name),
        }
        self._base_model = base_model
        self._source = pre_tuned_model
        facts = program(opts, inputs)
        if base_model is None and pre_tuned_model is not None:
            facts[BASE_MODEL] = _base_model_of(pre_tuned_model)
        if file := training_sum.file():
            facts[SUM_FILE] = file
        # Every input is a key, so that transformations find each of them; the provider fills the outputs.
        super().__init__(
            ContinuousTuningJobProvider(),
            resource_name,
            {**inputs, PROGRAM: facts, **dict.fromkeys(OUTPUTS)},
            opts,
        )
        training_sum.wait_for(self)
        settle_absent(self, OPTIONAL_OUTPUTS, beside="name")
        settle_left_out(self, inputs)

    if not TYPE_CHECKING:  # else a mistyped attribute would pass the type checkers

        def __getattr__(self, name: str) -> pulumi.Output[None]:
            # Transformations run before there are attributes, and ask `hasattr(args.resource, "labels")`.
            if name in INPUTS:
                return pulumi.Output.from_input(None)
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @property
    def release(self) -> pulumi.Output[dict[str, Any]]:
        """What another stack needs to know about this version, for `pulumi.export("release", job.release)`.

        Keys: `tuned_model_name` (numeric version), `checkpoint_id` (the default one, or None), `endpoint`, `job`,
        `metrics`, `training_dataset_uri`, `end_time`.
        """
        spec = pulumi.Output.all(
            self.supervised_tuning_spec, self.reinforcement_tuning_spec, self.preference_optimization_spec
        ).apply(lambda specs: next((spec for spec in specs if spec), {}))
        return pulumi.Output.all(
            tuned_model_name=self.tuned_model_name,
            checkpoint_id=self.default_checkpoint_id,
            endpoint=self.endpoint,
            job=self.name,
            metrics=self.metrics,
            training_dataset_uri=spec.apply(lambda spec: spec.get("training_dataset_uri")),
            end_time=self.end_time,
        )

    @staticmethod
    def get(resource_name: str, id: str, opts: pulumi.ResourceOptions | None = None) -> "ContinuousTuningJob":
        """Look up an existing job without managing it. `id` is its full name. Fails if its model version is gone."""
        return ContinuousTuningJob(
            resource_name, opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        )
