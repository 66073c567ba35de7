"""What `ctune doctor` finds: the client with Google's settings, whose network is the emulator."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest

from pulumi_ctune.config import ApiEndpoint, Settings
from pulumi_ctune.core.printable import without_secrets
from pulumi_ctune.insight.doctor import bounded, versions
from pulumi_ctune.insight.doctor.examination import examine
from pulumi_ctune.insight.doctor.finding import Finding, ok
from pulumi_ctune.insight.doctor.subject import PlannedJob, Subject
from pulumi_ctune.vertex.client import VertexClient
from vertex_emulator.app import Emulator
from vertex_emulator.names import project_number
from vertex_emulator.transport import EmbeddedTransport

TOKEN = "ya29.a-token-that-nobody-may-see"
SETTINGS = Settings(project="acme", region="us-central1", access_token=TOKEN)
NUMBER = project_number("acme")
KEY = "projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/tuning"
JOB = PlannedJob("sft", "acme", "us-central1", "gemini-3.5-flash", ("gs://data/train.jsonl",))
ALICE = "alice@example.com"


class AsAlice(httpx2.BaseTransport):
    """Google's hosts, all of them the emulator, but for `answers` by the end of a path. Whose token it is, the emulator
    does not know.
    """

    def __init__(self, emulator: Emulator, answers: Mapping[str, Any] | None = None) -> None:
        self._emulator = EmbeddedTransport(emulator)
        self._answers = answers or {}
        self.hosts: set[str] = set()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.hosts.add(request.url.host)
        if request.url.host == "openidconnect.googleapis.com":
            return httpx2.Response(200, json={"email": ALICE})
        for end, answer in self._answers.items():
            if request.url.path.endswith(end):
                return httpx2.Response(200, json=answer)
        return self._emulator.handle_request(request)


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(tmp_path / "state") as made:
        made.put_object("data", "train.jsonl", b"{}\n")
        yield made


Examine = Callable[..., list[Finding]]


@pytest.fixture
def examined(emulator: Emulator) -> Examine:
    """`examined(*jobs)`: what is found where an update would submit these jobs."""

    def run(
        *jobs: PlannedJob, settings: Settings = SETTINGS, answers: Mapping[str, Any] | None = None, **options: Any
    ) -> list[Finding]:
        client = VertexClient(settings, transport=AsAlice(emulator, answers), sleep=lambda _: None)
        word = [{"role": "user", "parts": [{"text": "hello"}]}]
        try:
            return examine(
                Subject(settings, "dev", jobs),
                client,
                client.cloud,
                lambda project, location, model: client.count_tokens(project, location, model, word),
                **options,
            )
        finally:
            client.close()

    return run


def of(check: str, findings: list[Finding]) -> Finding:
    """The one finding of a check."""
    (found,) = (finding for finding in findings if finding.check == check)
    return found


def test_all_is_right_where_nothing_is_missing(examined: Examine, emulator: Emulator) -> None:
    """Each check has a line of its own, and none is wrong or open but the bucket's, which is of nobody's project."""
    found = examined(JOB)

    assert {(each.check, each.result) for each in found} == {
        *((check, "ok") for check in ("region", "jobs", "sign-in", "project", "vertex", "apis", "roles", "models")),
        *(("datasets", "ok"), ("buckets", "ok"), ("quota", "ok"), ("agents", "unknown")),
    }


def test_nothing_is_written(examined: Examine, emulator: Emulator) -> None:
    """The requests that are no GET only ask: for permissions and tokens."""
    examined(replace(JOB, key=KEY, service_account="tuner@acme.iam.gserviceaccount.com"))

    asked = {entry["path"].rpartition(":")[2] for entry in emulator.requests() if entry["method"] != "GET"}
    assert asked == {"testIamPermissions", "countTokens"}


def test_each_service_is_asked_at_its_own_host(emulator: Emulator) -> None:
    """Without `ctune:apiEndpoint` nothing but Google's own hosts is asked."""
    network = AsAlice(emulator)
    client = VertexClient(SETTINGS, transport=network)

    examine(Subject(SETTINGS, "dev", [replace(JOB, key=KEY)]), client, client.cloud, lambda *_: None)

    client.close()
    services = (
        "openidconnect",
        "cloudresourcemanager",
        "serviceusage",
        "storage",
        "cloudkms",
        "us-central1-aiplatform",
    )
    assert network.hosts == {f"{service}.googleapis.com" for service in services}


def test_account_and_project_are_reported(examined: Examine) -> None:
    """Who is signed in by what, and which number the project has."""
    found = examined(JOB)

    assert of("sign-in", found) == ok("sign-in", "alice@example.com, by gcp:accessToken")
    assert of("project", found) == ok("project", f"acme, number {NUMBER}")


def test_token_is_never_shown(examined: Examine, emulator: Emulator) -> None:
    """Not even where an answer quotes it."""
    emulator.faults.add(path="testIamPermissions", status=403, message=f"bad token {TOKEN}", times=0)

    found = examined(JOB)

    shown = without_secrets(" ".join(each.what + each.mend for each in found))
    assert "bad token" in shown
    assert TOKEN not in shown


WRONG: dict[str, tuple[str, str, str]] = {
    "service that is not enabled": (
        "aiplatform.googleapis.com",
        "apis: not enabled in acme: aiplatform.googleapis.com",
        "gcloud services enable aiplatform.googleapis.com --project=acme",
    ),
    "role of the caller": (
        "aiplatform.tuningJobs.create",
        "roles: you lack on acme: aiplatform.tuningJobs.create",
        f"gcloud projects add-iam-policy-binding acme --member=user:{ALICE} --role=roles/aiplatform.user",
    ),
    "read on the bucket": (
        "storage.objects.get",
        "buckets: you lack storage.objects.get on data",
        f"gcloud storage buckets add-iam-policy-binding gs://data --member=user:{ALICE} "
        "--role=roles/storage.objectViewer",
    ),
    "actAs on the account": (
        "iam.serviceAccounts.actAs",
        "accounts: you lack iam.serviceAccounts.actAs on tuner@acme.iam.gserviceaccount.com",
        "gcloud iam service-accounts add-iam-policy-binding tuner@acme.iam.gserviceaccount.com "
        f"--member=user:{ALICE} --role=roles/iam.serviceAccountUser",
    ),
}


@pytest.mark.parametrize(("withheld", "reported", "mend"), WRONG.values(), ids=WRONG)
def test_what_is_missing_is_wrong_and_has_a_command(
    examined: Examine, emulator: Emulator, withheld: str, reported: str, mend: str
) -> None:
    """One line is wrong, it says what lacks where, and the command that mends it."""
    emulator.withhold(withheld)

    found = examined(replace(JOB, service_account="tuner@acme.iam.gserviceaccount.com"))

    (line,) = (each for each in found if each.result == "wrong")
    assert (f"{line.check}: {line.what}", line.mend) == (reported, mend)


UNREADABLE = {
    "apis": "services:batchGet",
    "roles": "v3/projects/acme:testIamPermissions",
    "project": "v3/projects/acme$",
    "quota": "consumerQuotaMetrics",
    "models": "countTokens",
    "buckets": "iam/testPermissions",
    "datasets": "/o/train",
    "keys": "cryptoKeys/tuning$",
    "accounts": "serviceAccounts/",
}


@pytest.mark.parametrize("status", [403, 503])
@pytest.mark.parametrize(("check", "path"), UNREADABLE.items(), ids=UNREADABLE)
def test_what_cannot_be_read_is_neither_right_nor_wrong(
    examined: Examine, emulator: Emulator, check: str, path: str, status: int
) -> None:
    """A look that is refused, or not answered, says so for itself, and the others say what they found."""
    emulator.faults.add(path=path, status=status, times=0)

    found = examined(replace(JOB, key=KEY, service_account="tuner@acme.iam.gserviceaccount.com"))

    assert of(check, found).result == "unknown"
    assert not [each for each in found if each.result == "wrong"]


def test_closed_place_is_wrong(examined: Examine, emulator: Emulator) -> None:
    """Jobs that may not even be listed are not submitted."""
    emulator.faults.add(
        path="/tuningJobs$", status=403, message="Permission denied on 'locations/us-central1'", times=0
    )

    line = of("vertex", examined(JOB))

    assert line.result == "wrong"
    assert "Permission denied on 'locations/us-central1'" in line.what


def test_host_that_is_not_reached_is_wrong() -> None:
    """`up` would come no further; of what answers with an error that is not said."""

    def no_network(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("[Errno -2] Name or service not known", request=request)

    client = VertexClient(SETTINGS, transport=httpx2.MockTransport(no_network), sleep=lambda _: None)

    found = examine(Subject(SETTINGS), client, client.cloud, lambda *_: None)

    client.close()
    assert [each.check for each in found if each.result == "wrong"] == ["vertex"]
    assert "us-central1-aiplatform.googleapis.com" in of("vertex", found).what


def test_absent_dataset_is_open_since_the_program_may_make_it(examined: Examine) -> None:
    """As in a preview: it is there by the time of the job, or `up` fails."""
    line = of("datasets", examined(replace(JOB, datasets=("gs://data/later.jsonl",))))

    assert line.result == "unknown"
    assert line.what == "gs://data/later.jsonl does not exist yet; `up` fails unless the program makes it before"


def test_empty_dataset_is_wrong(examined: Examine, emulator: Emulator) -> None:
    """There is nothing to train on."""
    emulator.put_object("data", "empty.jsonl", b"")

    assert of("datasets", examined(replace(JOB, datasets=("gs://data/empty.jsonl",)))).result == "wrong"


def test_agent_of_another_project_needs_a_grant(examined: Examine) -> None:
    """Whether it has one elsewhere nobody here can tell; the command names agent and bucket."""
    line = of("agents", examined(JOB))

    assert line.mend == (
        "gcloud storage buckets add-iam-policy-binding gs://data --member=serviceAccount:"
        f"service-{NUMBER}@gcp-sa-vertex-tune.iam.gserviceaccount.com --role=roles/storage.objectViewer"
    )


TUNING_AGENT = f"serviceAccount:service-{NUMBER}@gcp-sa-vertex-tune.iam.gserviceaccount.com"
PLATFORM_AGENT = f"serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com"


def policy(role: str, member: str, **binding: Any) -> dict[str, Any]:
    return {"bindings": [{"role": role, "members": ["user:bob@example.com", member], **binding}]}


READER, KEY_USER = "roles/storage.objectViewer", "roles/cloudkms.cryptoKeyEncrypterDecrypter"
ANSWERED: dict[str, tuple[str, Any, str, str]] = {
    # the end of a path: its answer, and what a check of the same job then says
    "agent has a role on the bucket": ("/b/data/iam", policy(READER, TUNING_AGENT), "agents", "ok"),
    "everybody has one": ("/b/data/iam", policy(READER, "allUsers"), "agents", "ok"),
    "agent has another role": ("/b/data/iam", policy("roles/viewer", TUNING_AGENT), "agents", "unknown"),
    "on a condition": ("/b/data/iam", policy(READER, TUNING_AGENT, condition={"title": "t"}), "agents", "unknown"),
    "bucket of the same project": ("/b/data", {"projectNumber": NUMBER}, "agents", "ok"),
    "project that goes": (
        "/v3/projects/acme",
        {"name": f"projects/{NUMBER}", "state": "DELETE_REQUESTED"},
        "project",
        "wrong",
    ),
    "no quota": (
        "global_concurrent_tuning_jobs",
        {"consumerQuotaLimits": [{"quotaBuckets": [{"effectiveLimit": "0"}]}]},
        "quota",
        "wrong",
    ),
    "odd quota": ("global_concurrent_tuning_jobs", {"consumerQuotaLimits": []}, "quota", "unknown"),
    "disabled key": (
        "/cryptoKeys/tuning",
        {"purpose": "ENCRYPT_DECRYPT", "primary": {"state": "DISABLED"}},
        "keys",
        "wrong",
    ),
    "key that signs": ("/cryptoKeys/tuning", {"purpose": "ASYMMETRIC_SIGN"}, "keys", "wrong"),
    "key open to the agent": ("tuning:getIamPolicy", policy(KEY_USER, PLATFORM_AGENT), "keys", "ok"),
    "key open to others": ("tuning:getIamPolicy", policy(KEY_USER, TUNING_AGENT), "keys", "unknown"),
}


@pytest.mark.parametrize(("end", "answer", "check", "result"), ANSWERED.values(), ids=ANSWERED)
def test_answers_of_google_are_read(examined: Examine, end: str, answer: Any, check: str, result: str) -> None:
    """Policies, states and limits, as Google's pages have them."""
    found = examined(replace(JOB, key=KEY), answers={end: answer})

    assert [each for each in found if each.check == check][-1].result == result


def test_key_in_another_region_is_wrong_without_a_request(examined: Examine, emulator: Emulator) -> None:
    """It has to lie in the region of the job."""
    line = of("keys", examined(replace(JOB, key=KEY.replace("us-central1", "europe-west4"))))

    assert line.result == "wrong"
    assert "in europe-west4; it has to be in the job's region, us-central1" in line.what
    assert not [entry for entry in emulator.requests() if "cryptoKeys" in entry["path"]]


@pytest.mark.parametrize(
    ("model", "location", "result"),
    [
        ("gemini-3.5-flash", "europe-west4", "ok"),
        ("gemini-3.5-flash", "asia-east1", "unknown"),
        ("gemini-2.5-flash", "asia-east1", "ok"),
    ],
)
def test_region_is_held_to_those_that_google_names(examined: Examine, model: str, location: str, result: str) -> None:
    """For Gemini 3 two; of earlier models there is no list. Google decides, so none is wrong."""
    assert of("models", examined(replace(JOB, base_model=model, location=location))).result == result


def test_limit_of_concurrent_jobs_is_held_to_the_plan(examined: Examine, emulator: Emulator) -> None:
    """Jobs beyond it wait, which is no fault."""
    emulator.configure(max_concurrent_jobs=1)

    assert of("quota", examined(JOB, replace(JOB, resource="other"))) == ok(
        "quota", "acme may run 1 of 2 planned jobs at once; the others wait"
    )


def test_without_sign_in_nothing_is_asked(examined: Examine, emulator: Emulator) -> None:
    """The first line says what is wrong, and no request is sent that would say it again."""
    found = examined(JOB, settings=replace(SETTINGS, access_token=None, credentials="{}"))

    assert of("sign-in", found).result == "wrong"
    assert of("service", found).result == "unknown"
    assert emulator.requests() == []


def test_place_that_is_none_is_wrong(examined: Examine) -> None:
    """Grammar needs no request."""
    found = examined(settings=replace(SETTINGS, region="global"))

    assert of("region", found).result == "wrong"


def test_emulator_that_was_never_used_is_not_made(tmp_path: Path) -> None:
    """Asking it would write its folder."""
    settings = replace(SETTINGS, api_endpoint=ApiEndpoint("embedded", state_dir=tmp_path / "none"))
    client = VertexClient(settings)

    found = examine(Subject(settings), client, client.cloud, lambda *_: None)

    assert of("service", found).result == "ok"
    assert not (tmp_path / "none").exists()


def test_look_without_an_answer_ends_in_time() -> None:
    """What is still to come is not waited for, and what came counts."""
    answer = threading.Event()

    def slow() -> list[Finding]:
        answer.wait()
        return []

    found = bounded.together({"slow": slow, "fast": lambda: [ok("fast", "here")]}, timedelta(milliseconds=200))

    answer.set()
    assert [(each.check, each.result) for each in found] == [("slow", "unknown"), ("fast", "ok")]
    assert found[0].what == "there was no answer within 0.2 seconds"


def test_look_that_breaks_is_a_line_and_no_traceback() -> None:
    """The others are told all the same."""

    def broken() -> list[Finding]:
        raise KeyError("surprise")

    (line,) = bounded.together({"broken": broken}, timedelta(seconds=60))

    assert (line.check, line.result) == ("broken", "unknown")
    assert "KeyError: 'surprise'" in line.what


@pytest.mark.parametrize(
    ("printed", "result"),
    [("v3.259.0", "ok"), ("v3.235.0-dev", "ok"), ("v3.100.0", "wrong"), ("", "wrong"), ("what?", "unknown")],
)
def test_pulumi_cli_is_held_to_the_oldest_that_works(printed: str, result: str) -> None:
    """What `pulumi version` prints; nothing where there is none."""
    (line,) = versions.cli(printed)

    assert line.result == result
