"""Resource types that neither Vertex AI nor Cloud Storage has: a record each, and nothing else happens.

A record holds inputs and outputs under the type and the id, in the emulator's own store, so that refresh, import and
other processes find it. A role that is missing forbids nothing, but for the one on a project that copies of models
need.
"""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from vertex_emulator import grants
from vertex_emulator.pulumi_gcp import access
from vertex_emulator.pulumi_gcp.client import RECORDS, Client
from vertex_emulator.pulumi_gcp.errors import NotFoundError, PluginError
from vertex_emulator.pulumi_gcp.kinds import Found, Kind
from vertex_emulator.pulumi_gcp.values import DEFAULTS, Properties


@dataclass(frozen=True, kw_only=True)
class Recorded(Kind):
    """A type whose resources are records."""

    identity: Callable[[Properties], str]
    """The id from the inputs."""
    derived: Callable[[Properties, str], Properties] = lambda inputs, resource_id: {}
    """The computed outputs from inputs and id: the same for the same inputs, so that an update keeps what stays."""
    unique: bool = False
    """Whether a create fails where there is one already, as at Google; what only sets something up does not."""

    def id_of(self, inputs: Properties) -> str:
        return self.identity(inputs)

    def create(self, emulator: Client, inputs: Properties) -> Properties:
        return self._write(emulator, self.id_of(inputs), inputs, only_new=self.unique)

    def read(self, emulator: Client, resource_id: str, known: Properties) -> Found | None:
        with emulator.records() as tx:
            record = tx.get(RECORDS, self._key(resource_id))
        return None if record is None else Found(record["inputs"], record["inputs"] | record["outputs"])

    def update(self, emulator: Client, resource_id: str, old_inputs: Properties, inputs: Properties) -> Properties:
        return self._write(emulator, resource_id, inputs)

    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        with emulator.records() as tx:
            if not tx.delete(RECORDS, self._key(resource_id)):
                raise NotFoundError("there is no such resource", where=resource_id)

    def _write(self, emulator: Client, resource_id: str, inputs: Properties, *, only_new: bool = False) -> Properties:
        given = {key: value for key, value in inputs.items() if key != DEFAULTS}
        outputs = self.derived(given, resource_id)
        with emulator.records() as tx:
            if only_new and tx.get(RECORDS, self._key(resource_id)):
                why = "another resource or stack may own it"
                raise PluginError("it exists already", where=f"{self.token} {resource_id}", why=why, code=409)
            tx.put(RECORDS, self._key(resource_id), {"inputs": given, "outputs": outputs})
        return outputs

    def _key(self, resource_id: str) -> str:
        return f"{self.token} {resource_id}"


class ProjectMember(Recorded):
    """A role on a project, of which the emulator knows too: copies of models rely on some."""

    def create(self, emulator: Client, inputs: Properties) -> Properties:
        outputs = super().create(emulator, inputs)
        with emulator.records() as tx:
            grants.add(tx, inputs["project"], inputs["role"], inputs["member"])
        return outputs

    def delete(self, emulator: Client, resource_id: str, known: Properties) -> None:
        found = self.read(emulator, resource_id, known)
        super().delete(emulator, resource_id, known)
        if found:
            with emulator.records() as tx:
                grants.remove(tx, found.inputs["project"], found.inputs["role"], found.inputs["member"])


def membership(
    token: str, resource: Callable[[Properties], str], *, shown: str = "", kind: type[Recorded] = Recorded
) -> Recorded:
    """A type that gives a member a role on something. `shown` is the input that reads back as the full name of that."""

    def derived(inputs: Properties, resource_id: str) -> Properties:
        return {"etag": etag_of(resource_id)} | ({shown: resource(inputs)} if shown else {})

    return kind(
        token=token,
        computed=("etag",),
        identity=lambda inputs: access.member_id(resource(inputs), inputs),
        derived=derived,
    )


def etag_of(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()[:8]).decode()
