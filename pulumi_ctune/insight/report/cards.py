"""The cards of a run: what it was made of, what it cost and came to, and what it is called at Google."""

from collections.abc import Iterator, Sequence

from pulumi_ctune.core import job_states, names
from pulumi_ctune.core.printable import without_secrets
from pulumi_ctune.insight.report import curves, numbers
from pulumi_ctune.insight.report.facts import DataCard, Evaluated, Gate, RunFacts
from pulumi_ctune.insight.report.markup import Content, Markup, breakable, element, joined

_MOST_ROWS = 40  # of a table
_MOST_OTHERS = 24  # series without a picture of their own


def cards_of(run: RunFacts, *, is_brief: bool) -> Markup:
    """All cards of a run, packed into columns, and below them those that need the whole width."""
    return joined(
        [
            element(
                "div",
                _hyper_parameters(run),
                _checkpoints(run),
                [_data(each, is_brief=is_brief) for each in run.data],
                _cost(run),
                [_evaluation(evaluated) for evaluated in run.evaluations],
                _gates(run.gates),
                _serving(run),
                class_="cards",
            ),
            None if is_brief else _other_series(run),
            _provenance(run),
        ]
    )


def card(title: str, *content: Content, note: str = "") -> Markup:
    return element(
        "div",
        element("h3", title),
        content,
        element("p", note, class_="quiet note") if note else None,
        class_="card",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[Content]], marked: Sequence[int] = ()) -> Markup:
    """`marked` are the numbers of rows that stand out. The first column is names, the others are numbers."""
    shown = rows[:_MOST_ROWS]
    more = element("p", f"{len(rows) - len(shown):,} more", class_="quiet") if len(rows) > len(shown) else None
    return joined(
        [
            element(
                "table",
                element("thead", element("tr", [element("th", name, scope="col") for name in head])) if head else None,
                element(
                    "tbody",
                    [
                        element("tr", [element("td", cell) for cell in row], class_="marked" if i in marked else None)
                        for i, row in enumerate(shown)
                    ],
                ),
            ),
            more,
        ]
    )


def _hyper_parameters(run: RunFacts) -> Markup | None:
    if not run.hyper_parameters:
        return None
    rows = [
        [element("code", breakable(each.name)), numbers.given(each.asked), numbers.given(each.resolved)]
        for each in run.hyper_parameters
    ]
    return card("Hyperparameters", table(["", "asked", "resolved"], rows))


def _checkpoints(run: RunFacts) -> Markup | None:
    if not run.checkpoints:
        return None
    measured = list(dict.fromkeys(label for point in run.checkpoints for label in point.values))[:3]
    rows = [
        [
            [point.checkpoint_id, element("span", "kept", class_="pill") if point.is_kept else None],
            numbers.count(point.epoch),
            numbers.count(point.step),
            *(numbers.value(point.values.get(label)) for label in measured),
        ]
        for point in run.checkpoints
    ]
    head = ["", "epoch", "step", *(label.removesuffix(", evaluation") for label in measured)]
    note = "Values are those of the evaluation at its step." if measured else ""
    return card("Checkpoints", table(head, rows, [i for i, p in enumerate(run.checkpoints) if p.is_kept]), note=note)


def _data(data: DataCard, *, is_brief: bool) -> Markup:
    rows: list[Sequence[Content]] = []
    if data.generation:
        rows.append(["Generation", data.generation])
    if data.examples is not None:
        rows.append(["Examples", numbers.count(data.examples)])
    if data.size_bytes is not None:
        rows.append(["Size", numbers.size(data.size_bytes)])
    if data.tokens:
        rows.append(["Tokens, roughly", data.tokens])
    if data.sha256 and not is_brief:
        rows.append(["SHA-256", element("code", f"{data.sha256[:16]}…")])
    found = ", ".join(f"{rule} ({number:,})" for rule, number in sorted(data.problems.items()))
    if data.examples is not None:
        rows.append(["Findings", found or "none"])
    bucket, _, name = data.uri.rpartition("/")
    where = element(
        "p",
        element("b", element("bdi", name)),
        element("span", element("bdi", bucket), class_="quiet"),
        class_="object",
    )
    return card(f"{data.role.capitalize()} data", where, _pairs(rows), note=data.note.capitalize())


def _cost(run: RunFacts) -> Markup:
    cost, rows = run.cost, list[Sequence[Content]]()
    estimated = cost.estimate
    if estimated is not None:
        band = estimated.training.rounded(0)
        rows.append(["Estimated tokens", f"{band.low:,.0f} to {band.high:,.0f}"])
        if estimated.usd is not None:
            rows.append(["Estimated", f"{numbers.usd(estimated.usd.low)} to {numbers.usd(estimated.usd.high)}"])
    rows.append(["Dataset tokens", numbers.count(cost.dataset_tokens)])
    rows.append(["Tokens trained", numbers.count(cost.training_tokens)])
    rows.append(["By list price", element("b", numbers.usd(cost.usd))])
    if run.job.dropped_example_count:
        rows.append(["Examples dropped", numbers.count(run.job.dropped_example_count)])
    note = f"{cost.price.per_million}, {cost.price.in_words}." if cost.price else ""
    if cost.training_tokens is None and run.method == "rft":
        note += " What RFT bills of its own answers is not published."
    elif cost.price is None:
        note = "No list price is known for this model and method."
    return card("Cost", _pairs(rows), note=note.strip())


def _evaluation(evaluated: Evaluated) -> Markup:
    has_baseline = any(row[2] is not None for row in evaluated.rows)
    head = ["", "mean", *(["baseline"] if has_baseline else []), "± sd"]
    rows = [
        [
            element("bdi", metric),
            numbers.value(mean),
            *([numbers.value(baseline)] if has_baseline else []),
            numbers.value(spread),
        ]
        for metric, mean, baseline, spread in evaluated.rows
    ]
    run = evaluated.run
    at = f", checkpoint {evaluated.checkpoint_id}" if evaluated.checkpoint_id else ""
    note = f"{run.total_items:,} items, {run.failed_items:,} failed{at}; {job_states.words(run.state)}."
    content = table(head, rows) if rows else None
    return card("Evaluation", element("p", element("b", element("bdi", evaluated.label))), content, note=note)


def _gates(gates: Sequence[Gate]) -> Markup | None:
    if not gates:
        return None
    return card(
        "Gates",
        [
            element(
                "p",
                element("span", "✓" if gate.is_met else "✗", class_="verdict good" if gate.is_met else "verdict bad"),
                element("b", element("bdi", breakable(gate.metric))),
                f" {gate.limit}: ",
                element("b", numbers.value(gate.value)),
                element("span", " for ", element("bdi", gate.resource), class_="quiet"),
                [element("br"), element("span", gate.reason, class_="quiet")] if gate.reason else None,
                class_="gate",
            )
            for gate in gates
        ],
    )


def _serving(run: RunFacts) -> Markup | None:
    own = [each for each in run.serving if not each.of_job]
    of_job = len(run.serving) - len(own)
    if not run.serving:
        return None
    bars = [
        element(
            "div",
            element("p", element("b", element("bdi", each.label)), element("span", f"{each.traffic_percent} %")),
            element("div", element("div", style=f"width:{max(0, min(100, each.traffic_percent))}%"), class_="bar"),
            element("p", element("code", names.last_segment(each.endpoint)), class_="quiet"),
            class_="endpoint",
        )
        for each in own
    ]
    note = f"And {of_job} endpoint{'s' if of_job > 1 else ''} that the job made for its checkpoints." if of_job else ""
    return card("Serves", bars or element("p", "Nothing but the job's own endpoints.", class_="quiet"), note=note)


def _provenance(run: RunFacts) -> Markup:
    job, version = run.job, run.version
    rows: list[Sequence[Content]] = [["Job", element("code", job.name)]]
    if version is not None:
        rows.append(["Version", element("code", version.name)])
    rows.append(["Base model", element("bdi", run.base_model or numbers.DASH)])
    rows += [["Reward", [element("bdi", name), ": ", element("bdi", what)]] for name, what in run.reward]
    if job.experiment:
        rows.append(["Experiment", element("code", names.last_segment(job.experiment))])
    if key := (job.request.get("encryptionSpec") or {}).get("kmsKeyName"):
        rows.append(["Key", element("code", str(key))])
    if account := job.request.get("serviceAccount"):
        rows.append(["Service account", element("code", str(account))])
    if job.console_url.startswith("https://console.cloud.google.com/"):
        rows.append(
            ["Console", element("a", "open in Google Cloud", href=without_secrets(job.console_url), rel="noreferrer")]
        )
    return card("Provenance", element("dl", list(_terms(rows)), class_="long"))


def _other_series(run: RunFacts) -> Markup | None:
    shown = {curve.key for pair in run.series.shown for curve in pair}
    others = [(name, points) for name, points in sorted(run.series.by_name.items()) if name not in shown]
    if not others:
        return None
    cells = [
        element(
            "div", element("code", breakable(name)), curves.spark(points), element("b", numbers.value(points[-1].value))
        )
        for name, points in others[:_MOST_OTHERS]
    ]
    more = len(others) - len(cells)
    note = f"{more} more series are not shown." if more > 0 else ""
    return card("Other series", element("div", cells, class_="others"), note=note)


def _pairs(rows: Sequence[Sequence[Content]]) -> Markup:
    return element("dl", list(_terms(rows)))


def _terms(rows: Sequence[Sequence[Content]]) -> Iterator[Markup]:
    for name, what in rows:
        yield element("div", element("dt", name), element("dd", what))
