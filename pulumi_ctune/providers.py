"""The classes that Pulumi pickles into the state: one for each kind of resource.

The dotted path of each class stands in the state of every resource that was ever made, so it must never change, and a
class must not carry attributes when it is pickled, which happens in the program. What `configure()` sets lives in the
host only. The program needs nothing but the paths: what a verb does loads in the host.

The bytes around the path differ between versions of Python (pickle's protocol is 5 since 3.14), and the host makes an
instance for each spelling that it meets: the program's for checks and creates, the state's for deletes. So an instance
holds settings and nothing that one verb has to know of another; that belongs to the process (`core.run`).
"""

from typing import TYPE_CHECKING, Any

from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

if TYPE_CHECKING:
    from pulumi_ctune.core.kind import Kind
    from pulumi_ctune.dynamic.adapter import Adapter

_Properties = dict[str, Any]


class KindProvider(ResourceProvider):
    """The verbs of a kind, each handed on to what `configure()` has set."""

    serialize_as_secret_always = False  # a dotted path is no secret
    _verbs: "Adapter"

    def configure(self, req: ConfigureRequest) -> None:
        from pulumi_ctune.dynamic import host
        from pulumi_ctune.dynamic.adapter import Adapter

        host.install()
        self._verbs = Adapter(self._kind(), req.config.get)

    def _kind(self) -> "Kind":
        raise NotImplementedError

    def check(self, _olds: _Properties, news: _Properties) -> CheckResult:
        return self._verbs.check(_olds, news)

    def diff(self, _id: str, _olds: _Properties, _news: _Properties) -> DiffResult:
        return self._verbs.diff(_id, _olds, _news)

    def create(self, props: _Properties) -> CreateResult:
        return self._verbs.create(props)

    def read(self, id_: str, props: _Properties) -> ReadResult:
        return self._verbs.read(id_, props)

    def update(self, _id: str, _olds: _Properties, _news: _Properties) -> UpdateResult:
        return self._verbs.update(_id, _olds, _news)

    def delete(self, _id: str, _props: _Properties) -> None:
        self._verbs.delete(_id, _props)


class ContinuousTuningJobProvider(KindProvider):
    """The provider of `ctune.ContinuousTuningJob`."""

    def _kind(self) -> "Kind":
        from pulumi_ctune.tuning_job.kind import TuningJobKind

        return TuningJobKind()


class ModelVersionAliasProvider(KindProvider):
    """The provider of `ctune.ModelVersionAlias`."""

    def _kind(self) -> "Kind":
        from pulumi_ctune.alias.kind import AliasKind

        return AliasKind()


class ModelDeploymentProvider(KindProvider):
    """The provider of `ctune.ModelDeployment`."""

    def _kind(self) -> "Kind":
        from pulumi_ctune.deployment.kind import DeploymentKind

        return DeploymentKind()


class EvaluationRunProvider(KindProvider):
    """The provider of `ctune.EvaluationRun`."""

    def _kind(self) -> "Kind":
        from pulumi_ctune.evaluation_run.kind import EvaluationRunKind

        return EvaluationRunKind()


class ModelCopyProvider(KindProvider):
    """The provider of `ctune.ModelCopy`."""

    def _kind(self) -> "Kind":
        from pulumi_ctune.model_copy.kind import ModelCopyKind

        return ModelCopyKind()
