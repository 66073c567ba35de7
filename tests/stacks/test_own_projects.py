"""A stage with a Google Cloud project of its own: what another project has released is copied there, and served."""

from pathlib import Path

from vertex_emulator.names import project_number

from .looks import traffic
from .project import ProjectCopy, changed
from .releases import released

SOURCE = "tuning-project"
AGENT = f"serviceAccount:service-{project_number('my-project')}@gcp-sa-aiplatform.iam.gserviceaccount.com"


def test_release_of_another_project_is_copied_and_the_copy_serves(tmp_path: Path, pulumi_bin: Path) -> None:
    """Gates of the stage are met by what the source was trained to; the next `up` has nothing to do."""
    project = ProjectCopy(tmp_path, pulumi_bin=pulumi_bin, stages=["prod"])
    release = released(project, of=SOURCE)
    project.vertex.emulator.grant(SOURCE, "roles/aiplatform.serviceAgent", AGENT)
    project.configure("prod", release=release, copyReleases=True)

    preview = project.preview("prod")
    project.up("prod")
    again = project.up("prod")

    copy = project.resource("prod", "ModelCopy support-bot")["outputs"]["tuned_model_name"]
    assert changed(preview)["ModelCopy support-bot"] == "create"
    assert copy.startswith(f"projects/{project_number('my-project')}/locations/us-central1/models/copy-")
    assert traffic(project, "prod") == {copy: 100}
    assert project.outputs("prod")["release"]["tuned_model_name"] == copy
    assert changed(again) == {}
