"""The page at `/`: what this emulator serves, its jobs and evaluation runs, where its state lies, what time it is.

One HTML file without scripts, which reloads itself. It shows what clients sent, so every text is escaped, and the page
may load nothing from anywhere.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

from vertex_emulator.wsgi import Response

_RELOAD_S = 5
_MOST_SHOWN = 100
_AVERAGE = "/AVERAGE"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --quiet: #777; --good: #188038; --bad: #c5221f; --busy: #1967d2; }
@media (prefers-color-scheme: dark) { :root { --quiet: #999; --good: #81c995; --bad: #f28b82; --busy: #8ab4f8; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.05rem; margin: 2rem 0 .5rem; }
p.note { color: var(--quiet); margin: .25rem 0 1.5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.25rem; margin: 0; }
dt { color: var(--quiet); } dd { margin: 0; overflow-wrap: anywhere; }
div.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; color: var(--quiet); }
th, td { padding: .35rem .75rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.good { color: var(--good); } .bad { color: var(--bad); } .busy { color: var(--busy); }
"""
_MOODS = {"SUCCEEDED": "good", "FAILED": "bad", "CANCELLED": "bad", "EXPIRED": "bad"}


def page(
    *,
    address: str,
    state_dir: str,
    time: str,
    ahead: timedelta,
    settings: Mapping[str, Any],
    faults: Sequence[Mapping[str, Any]],
    jobs: Sequence[Mapping[str, Any]],
    runs: Sequence[Mapping[str, Any]],
) -> Response:
    """The status page. Jobs and evaluation runs are those of the API, from old to new; `ahead` is how far the clock was
    moved.
    """
    clock = f"{time}{f', moved forward by {ahead}' if ahead else ''}"
    facts = {"Service": address, "State": state_dir, "Clock": clock, "Faults on order": str(len(faults))}
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<meta http-equiv=refresh content={_RELOAD_S}><title>Vertex AI emulator</title><style>{_STYLE}</style>"
        "<h1>Vertex AI emulator</h1><p class=note>Nothing here reaches Google, and nothing here is paid for.</p>"
        f"{_facts(facts)}<h2>Tuning jobs ({len(jobs)})</h2>{_table(jobs, _JOB_HEADS, _job)}"
        f"<h2>Evaluation runs ({len(runs)})</h2>{_table(runs, _RUN_HEADS, _run)}<h2>Settings</h2>"
        f"{_facts({name: str(value) for name, value in settings.items()})}</html>"
    )
    headers = (
        ("Content-Type", "text/html; charset=UTF-8"),
        ("Content-Security-Policy", _POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    )
    return Response(body.encode(), headers=headers)


def _facts(facts: Mapping[str, str]) -> str:
    return f"<dl>{''.join(f'<dt>{escape(name)}<dd>{escape(text)}' for name, text in facts.items())}</dl>"


def _table(
    resources: Sequence[Mapping[str, Any]], heads: Iterable[str], cells: Callable[[Mapping[str, Any]], Iterable[str]]
) -> str:
    """The newest resources, the newest first; the first cell is the state."""
    if not resources:
        return "<p class=note>None yet.</p>"
    rows = []
    for resource in reversed(resources[-_MOST_SHOWN:]):
        state, *texts = cells(resource)
        mood = f"<td class={_MOODS.get(state, 'busy')}>{escape(state)}"
        rows.append(f"<tr>{mood}{''.join(f'<td>{escape(text)}' for text in texts)}")
    more = f"<p class=note>The newest {_MOST_SHOWN} of them.</p>" if len(resources) > _MOST_SHOWN else ""
    head = "".join(f"<th>{escape(text)}" for text in heads)
    return f"<div class=wide><table><tr>{head}{''.join(rows)}</table></div>{more}"


_JOB_HEADS = ("State", "Name", "Continues from", "Model version", "Created", "Ended")
_RUN_HEADS = ("State", "Name", "Display name", "Averages", "Created", "Ended")


def _job(job: Mapping[str, Any]) -> list[str]:
    return [
        str(job.get("state", "")).removeprefix("JOB_STATE_"),
        str(job.get("name", "")),
        str(job.get("preTunedModel", {}).get("tunedModelName") or job.get("baseModel") or ""),
        str(job.get("tunedModel", {}).get("model") or ""),
        str(job.get("createTime") or ""),
        str(job.get("endTime") or ""),
    ]


def _run(run: Mapping[str, Any]) -> list[str]:
    metrics = run.get("evaluationResults", {}).get("summaryMetrics", {}).get("metrics", {})
    averages = {key: value for key, value in metrics.items() if key.endswith(_AVERAGE)}
    return [
        str(run.get("state", "")),
        str(run.get("name", "")),
        str(run.get("displayName", "")),
        ", ".join(f"{key.removesuffix(_AVERAGE)} {float(value):.4g}" for key, value in averages.items()),
        str(run.get("createTime") or ""),
        str(run["completionTime"]) if run.get("state") in _MOODS else "",
    ]
