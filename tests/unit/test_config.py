"""Stack config and environment become settings."""

import importlib.util
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from pulumi_ctune.config import ApiEndpoint, Settings, default_labels, is_loopback, unknown_keys
from pulumi_ctune.core.errors import InvalidInputError


def load(config: Mapping[str, str] | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    return Settings.load((config or {}).get, environ or {})


def test_nothing_set_means_google() -> None:
    """Without `ctune:apiEndpoint` it is Google; the emulator is never a fallback."""
    actual = load()

    assert actual == Settings()
    assert actual.api_endpoint == ApiEndpoint("google")


@pytest.mark.parametrize(
    ("key", "variables", "attribute"),
    [
        (
            "gcp:project",
            ["GOOGLE_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT", "CLOUDSDK_CORE_PROJECT"],
            "project",
        ),
        ("gcp:region", ["GOOGLE_REGION", "GCLOUD_REGION", "CLOUDSDK_COMPUTE_REGION"], "region"),
        (
            "gcp:impersonateServiceAccount",
            ["GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"],
            "impersonate_service_account",
        ),
        ("gcp:accessToken", ["GOOGLE_OAUTH_ACCESS_TOKEN"], "access_token"),
        (
            "gcp:credentials",
            ["GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"],
            "credentials",
        ),
        ("gcp:billingProject", ["GOOGLE_BILLING_PROJECT"], "billing_project"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_stack_config_goes_before_the_environment(key: str, variables: list[str], attribute: str) -> None:
    """The stack config wins, then the variables of pulumi-gcp in its order."""
    environ = {variable: f"from-{variable}" for variable in variables}
    expected = ["from-config", *environ.values(), None]

    configured = getattr(load({key: "from-config"}, environ), attribute)
    fallen_back = [
        getattr(load({key: ""}, {v: environ[v] for v in variables[position:]}), attribute)
        for position in range(len(variables) + 1)
    ]

    assert [configured, *fallen_back] == expected


def test_provider_reads_the_variables_that_pulumi_gcp_reads() -> None:
    """The names come from the installed pulumi-gcp, so that a rename there shows here."""
    spec = importlib.util.find_spec("pulumi_gcp")  # not imported: it takes seconds
    assert spec is not None
    assert spec.origin is not None
    source = (Path(spec.origin).parent / "config" / "vars.py").read_text()

    assert "get_env('GOOGLE_PROJECT', 'GOOGLE_CLOUD_PROJECT', 'GCLOUD_PROJECT', 'CLOUDSDK_CORE_PROJECT')" in source
    assert "get_env('GOOGLE_REGION', 'GCLOUD_REGION', 'CLOUDSDK_COMPUTE_REGION')" in source


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("embedded", ApiEndpoint("embedded", state_dir=Path(".ctune/emulator"))),
        ("embedded:/var/lib/emulator", ApiEndpoint("embedded", state_dir=Path("/var/lib/emulator"))),
        ("embedded:C:\\state", ApiEndpoint("embedded", state_dir=Path("C:\\state"))),
        ("http://127.0.0.1:8085", ApiEndpoint("url", url="http://127.0.0.1:8085")),
        ("https://gateway.example/vertex/", ApiEndpoint("url", url="https://gateway.example/vertex")),
    ],
)
def test_api_endpoint_is_parsed(value: str, expected: ApiEndpoint) -> None:
    """A base URL loses its last slash, `embedded` gets its directory."""
    by_config, by_environment = load({"ctune:apiEndpoint": value}), load({}, {"CTUNE_API_ENDPOINT": value})

    assert by_config.api_endpoint == by_environment.api_endpoint == expected


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("ctune:apiEndpoint", "127.0.0.1:80", "'127.0.0.1:80' is not an http(s) URL, 'embedded' or 'embedded:DIR'"),
        ("ctune:apiEndpoint", "emulator", "'emulator' is not an http(s) URL, 'embedded' or 'embedded:DIR'"),
        (
            "ctune:apiEndpoint",
            "embedded:",
            "'embedded:' names no directory after the colon. Write 'embedded' or 'embedded:DIR'.",
        ),
        (
            "ctune:apiEndpoint",
            "https://user:password@h/",
            "the URL carries a user name, a query or a fragment. Give scheme, host, port and path only.",
        ),
        (
            "ctune:apiEndpoint",
            "https://h/v1beta1/",
            "'https://h/v1beta1/' ends with an API version. Give the base URL before it.",
        ),
        ("ctune:storageEndpoint", "ftp://h", "'ftp://h' is not an http(s) URL"),
        ("ctune:storageEndpoint", "https:// h", "'https:// h' is not an http(s) URL"),
        (
            "ctune:pollInterval",
            "60",
            "'60' is not a duration: expected one or more numbers, each with a unit of h, m, s, ms, us or ns, "
            "such as '1h30m' or '20s'",
        ),
        ("ctune:pollInterval", "50ms", "'50ms' is not between 0.1s and 1h"),
        ("ctune:pollInterval", "2h", "'2h' is not between 0.1s and 1h"),
        ("gcp:userProjectOverride", "maybe", "'maybe' is neither 'true' nor 'false'"),
    ],
)
def test_bad_value_is_refused_in_one_line(key: str, value: str, why: str) -> None:
    """An unusable value names its key, itself and what is allowed."""
    with pytest.raises(InvalidInputError) as refused:
        load({key: value})

    assert str(refused.value) == f"the configuration is not usable [{key}]: {why}"


@pytest.mark.parametrize(
    ("key", "value", "harmless"),
    [
        ("gcp:universeDomain", "example.goog", "googleapis.com"),
        ("gcp:externalCredentials", '{"audience": "a"}', "{}"),
        ("gcp:impersonateServiceAccountDelegates", '["a@b"]', "[]"),
    ],
)
def test_service_or_identity_that_cannot_be_taken_is_refused_for_google(key: str, value: str, harmless: str) -> None:
    """pulumi-gcp would go by it: passed over, the two would work in two places. An emulator has neither."""
    with pytest.raises(InvalidInputError) as refused:
        load({key: value})

    assert str(refused.value) == (
        f"the configuration is not usable [{key}]: pulumi-gcp would go by it, and tuned models cannot. Leave it out of "
        "the stack, or give it to an explicit gcp.Provider of the other resources."
    )
    assert load({key: harmless}) == load({})
    assert load({key: value, "ctune:apiEndpoint": "embedded"}) == load({"ctune:apiEndpoint": "embedded"})


def test_bad_port_is_refused() -> None:
    """A port that cannot be one is found before the first request."""
    with pytest.raises(InvalidInputError, match=r"\[ctune:apiEndpoint\]: 'http://h:99999' is not an http"):
        load({"ctune:apiEndpoint": "http://h:99999"})


def test_bad_variable_is_named_itself() -> None:
    """A value from the environment is reported under the variable that people set."""
    with pytest.raises(InvalidInputError, match=r"\[environment variable CTUNE_POLL_INTERVAL\]"):
        load({}, {"CTUNE_POLL_INTERVAL": "soon"})


@pytest.mark.parametrize(("text", "expected"), [("true", True), ("1", True), ("False", False), ("0", False)])
def test_user_project_override_is_a_flag(text: str, expected: bool) -> None:
    """Flags are spelled as pulumi-gcp takes them."""
    assert load({"gcp:userProjectOverride": text}).user_project_override is expected


def test_poll_interval_is_a_duration() -> None:
    """`ctune:pollInterval` has the grammar of custom timeouts."""
    assert load({"ctune:pollInterval": "1m30s"}).poll_interval == timedelta(seconds=90)


def test_bare_emulator_host_is_an_http_url() -> None:
    """Google's clients take `STORAGE_EMULATOR_HOST` with and without a scheme."""
    bare, full = load({}, {"STORAGE_EMULATOR_HOST": "localhost:9023"}), load({}, {"STORAGE_EMULATOR_HOST": "https://h"})

    assert (bare.storage_endpoint, full.storage_endpoint) == ("http://localhost:9023", "https://h")


@pytest.mark.parametrize(
    ("config", "looks"),
    [
        ({}, True),
        ({"ctune:apiEndpoint": "embedded"}, True),
        ({"ctune:apiEndpoint": "https://h"}, False),
        ({"ctune:apiEndpoint": "https://h", "ctune:storageEndpoint": "https://s"}, True),
    ],
    ids=["google", "embedded", "url", "url-and-storage"],
)
def test_datasets_are_looked_at_where_their_storage_is_known(config: dict[str, str], looks: bool) -> None:
    """With `apiEndpoint` a URL and no `storageEndpoint`, dataset objects are not looked at."""
    assert load(config).looks_at_datasets is looks


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://localhost:8085", True),
        ("http://vertex.localhost", True),
        ("http://127.8.9.1/", True),
        ("http://[::1]:80", True),
        ("https://us-central1-aiplatform.googleapis.com", False),
        ("http://localhost.example", False),
        ("http://10.0.0.1", False),
    ],
)
def test_loopback_is_this_machine_only(url: str, loopback: bool) -> None:
    """No credentials are looked up for a loopback URL, so nothing else may pass for one."""
    assert is_loopback(url) is loopback


def test_access_token_is_not_shown() -> None:
    """Settings may end up in a log; the token may not."""
    assert "secret" not in repr(load({"gcp:accessToken": "secret"}))


def test_mistyped_key_is_refused_with_the_one_that_was_meant() -> None:
    """A key that nobody reads would leave a stack that means the emulator at Google. Other namespaces are not ours."""
    lines = [str(error) for error in unknown_keys(["ctune:apiEndpont", "ctune:budget", "support-bot:tune", "gcp:zone"])]

    assert len(lines) == 1
    assert "ctune:apiEndpont" in lines[0]
    assert "Did you mean ctune:apiEndpoint?" in lines[0]


def test_key_file_of_our_namespace_is_reported_where_to_stand() -> None:
    """What pulumi-gcp calls so is taken from there, or from its variables."""
    (line,) = map(str, unknown_keys(["ctune:credentials"]))

    assert line == (
        "the configuration is not usable [ctune:credentials]: there is no such key. Give a key file, its content or "
        "its path, as gcp:credentials, or sign in with `gcloud auth application-default login`."
    )


def test_own_project_goes_before_that_of_pulumi_gcp() -> None:
    """`ctune:project` wins over `gcp:project`."""
    assert load({"ctune:project": "ours", "gcp:project": "theirs"}).project == "ours"


def test_what_is_reported_of_settings_holds_no_secret() -> None:
    """Program and provider compare fingerprints; neither they nor the settings' text show what they stand for."""
    settings = load({"gcp:accessToken": "hunter2", "gcp:credentials": '{"private_key": "hunter2"}'})

    assert "hunter2" not in repr(settings) + str(settings.as_texts())
    assert settings.as_texts() != load({"gcp:accessToken": "hunter3"}).as_texts()


def test_default_labels_are_an_object() -> None:
    """Anything else is refused without its content."""
    assert default_labels({"gcp:defaultLabels": '{"team": "search"}'}.get) == {"team": "search"}
    with pytest.raises(InvalidInputError, match="gcp:defaultLabels"):
        default_labels({"gcp:defaultLabels": "team=search"}.get)
