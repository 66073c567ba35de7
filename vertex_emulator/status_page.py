"""The page at `/`: what this emulator serves, its jobs, where its state lies, and what time it is there.

One HTML file without scripts, which reloads itself. It shows what clients sent, so every text is escaped, and the page
may load nothing from anywhere.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from html import escape
from typing import Any

from vertex_emulator.wsgi import Response

_RELOAD_S = 5
_JOBS_SHOWN = 100
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
) -> Response:
    """The status page. `jobs` are those of the API, from old to new; `ahead` is how far the clock was moved."""
    clock = f"{time}{f', moved forward by {ahead}' if ahead else ''}"
    facts = {"Service": address, "State": state_dir, "Clock": clock, "Faults on order": str(len(faults))}
    body = (
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>"
        f"<meta http-equiv=refresh content={_RELOAD_S}><title>Vertex AI emulator</title><style>{_STYLE}</style>"
        "<h1>Vertex AI emulator</h1><p class=note>Nothing here reaches Google, and nothing here is paid for.</p>"
        f"{_facts(facts)}<h2>Tuning jobs ({len(jobs)})</h2>{_jobs(jobs)}<h2>Settings</h2>"
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


def _jobs(jobs: Sequence[Mapping[str, Any]]) -> str:
    if not jobs:
        return "<p class=note>None yet.</p>"
    shown = [_job(job) for job in reversed(jobs[-_JOBS_SHOWN:])]
    more = f"<p class=note>The newest {_JOBS_SHOWN} of them.</p>" if len(jobs) > _JOBS_SHOWN else ""
    return f"<div class=wide><table>{_row('th', _HEADS)}{''.join(shown)}</table></div>{more}"


_HEADS = ("State", "Name", "Continues from", "Model version", "Created", "Ended")


def _job(job: Mapping[str, Any]) -> str:
    state = str(job.get("state", "")).removeprefix("JOB_STATE_")
    source = job.get("preTunedModel", {}).get("tunedModelName") or job.get("baseModel")
    texts = (
        job.get("name"),
        source,
        job.get("tunedModel", {}).get("model"),
        job.get("createTime"),
        job.get("endTime"),
    )
    cells = "".join(f"<td>{escape(str(text or ''))}" for text in texts)
    mood = _MOODS.get(state, "busy")
    return f"<tr><td class={mood}>{escape(state)}{cells}"


def _row(cell: str, texts: Iterable[str]) -> str:
    return f"<tr>{''.join(f'<{cell}>{escape(text)}' for text in texts)}"
