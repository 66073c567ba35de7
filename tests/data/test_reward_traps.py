"""What a trial warns of: rewards from which nothing is learnt, or that end a job."""

import pytest

from pulumi_ctune.data.rewards import traps
from pulumi_ctune.data.rewards.cases import Answer, Case
from pulumi_ctune.data.rewards.config import of_document
from pulumi_ctune.data.rewards.examples import Example, Examples
from pulumi_ctune.data.rewards.trial import Trial, Verdict
from tests.data.rewards import Config, composite, content, json_match, match, of_snippet, parsed, run

JUDGE = {"autoraterConfig": {"autoraterModel": "projects/p/locations/l/publishers/google/models/m"}}
BODY = "def evaluate(example, response):\n    "
LINES = [Example(1, content(answer="42", price="$5", dotted="4.2")), Example(2, content(answer="(4", dotted="x"))]
EXAMPLES = Examples(LINES, total=2)
NONE: list[str] = []


def autorater(prompt: str, pattern: str = "") -> Config:
    parse = {"autoraterResponseParseConfig": {"parseType": "REGEX_EXTRACT", "regexExtractExpression": pattern}}
    return {"autoraterScorer": {**JUDGE, "autoraterPrompt": prompt, **(parse if pattern else {})}}


OF_CONFIG: dict[str, tuple[Config, list[str]]] = {
    "nothing": (parsed(match("EXACT_MATCH", "{{references.answer}}"), "<a>(.*)</a>"), NONE),
    "equal rewards": (
        match("PARTIAL_MATCH", "42", correctAnswerReward=1, wrongAnswerReward=1.0),
        ["reward: right and wrong answers earn the same: nothing can be learnt from it"],
    ),
    "exact without a parse config": (
        match("EXACT_MATCH", "42"),
        [
            "reward: EXACT_MATCH without parse_response_config compares the whole answer: "
            "a final full stop or line break makes it wrong"
        ],
    ),
    "reference that no line has": (
        match("PARTIAL_MATCH", "{{references.none}}"),
        ["the reward reads the reference 'none': no line has it (first: line 1)"],
    ),
    "reference that some lines lack": (
        match("PARTIAL_MATCH", "{{references.price}}"),
        ["the reward reads the reference 'price': 1 of 2 lack it (first: line 2)"],
    ),
    "reference in a pattern": (
        match("REGEX_CONTAINS", "{{references.answer}}"),
        [
            "reward: with the references of line 2, '(4' is no pattern (it is not a regular expression: missing ), "
            "unterminated subpattern): use PARTIAL_MATCH, or escape them",
        ],
    ),
    "reference with another meaning in a pattern": (
        match("REGEX_CONTAINS", "{{references.dotted}}"),
        [
            "reward: the reference 'dotted' becomes part of a pattern, and '4.2' (line 1) has characters with a "
            "meaning there: use PARTIAL_MATCH, or escape them"
        ],
    ),
    "equal once they are clipped": (
        match("PARTIAL_MATCH", "42", correctAnswerReward=5, wrongAnswerReward=1),
        ["reward: right and wrong answers earn the same: nothing can be learnt from it"],
    ),
    "text that every answer contains": (
        match("PARTIAL_MATCH", ""),
        ["reward: it is empty, and every answer contains it: nothing can be learnt from it"],
    ),
    "NaN": (
        match("PARTIAL_MATCH", "42", wrongAnswerReward="NaN"),
        ["reward: it is NaN, which counts as failed"],
    ),
    "pattern that is none": (
        match("REGEX_CONTAINS", "(42"),
        ["reward: '(42': it is not a regular expression: missing ), unterminated subpattern"],
    ),
    "pattern of the parse config that is none": (
        parsed(match("EXACT_MATCH", "42"), "(?=a)"),
        ["reward: '(?=a)': RE2 has no lookahead: (?="],
    ),
    "placeholder that is compared as it stands": (
        match("PARTIAL_MATCH", "{{answer}}"),
        [
            "reward: nobody fills in 'answer', which is compared as it stands; there is {{references.KEY}}",
        ],
    ),
    "judge whose replies earn the same": (
        {"autoraterScorer": {**JUDGE, "autoraterPrompt": "{{response}}", "exactMatchScorer": {"expression": "yes"}}},
        ["reward: both replies earn the same: nothing can be learnt from it"],
    ),
    "names of a composite": (
        composite((1, match("PARTIAL_MATCH", "a")), (1, match("PARTIAL_MATCH", "b"))),
        ["give each reward of a composite a rewardName of its own: its series carry it"],
    ),
    "negative weight": (
        composite((2, {**match("PARTIAL_MATCH", "a"), "rewardName": "a"}), (-1, {**autorater("{{response}}")})),
        [
            "give each reward of a composite a rewardName of its own: its series carry it",
            "reward_2: the weight -1 is negative: the reward is turned round",
        ],
    ),
    "autorater": (autorater("Is {{response}} {{references.answer}} for {{prompt}}?", "(yes|no)"), NONE),
    "autorater that sees no answer": (
        autorater("Is {{prompt}} polite?"),
        ["reward: the prompt has no {{response}}: the autorater never sees the answer"],
    ),
    "placeholder of nobody": (
        autorater("{{response}} {{question}}"),
        [
            "reward: nobody fills in 'question' in the autorater's prompt; there is 'prompt', 'response', "
            "'system_instruction' or 'references.KEY'"
        ],
    ),
    "autorater's pattern without a group": (
        autorater("{{response}}", "yes"),
        ["reward: 'yes' has 0 groups: write one"],
    ),
}


@pytest.mark.parametrize(("config", "warnings"), OF_CONFIG.values(), ids=OF_CONFIG.keys())
def test_config_shows_its_traps(config: Config, warnings: list[str]) -> None:
    """Before anything is scored."""
    found = of_document(config, "")

    assert [str(trap) for trap in (*traps.of_config(found), *traps.of_examples(found, EXAMPLES))] == warnings


CERTAIN = {
    "equal rewards": (match("EXACT_MATCH", "42", wrongAnswerReward=1), "string_match_reward_scorer"),
    "pattern": (
        match("REGEX_CONTAINS", "(42"),
        "string_match_reward_scorer.string_match_expression.expression",
    ),
    "pattern of a JSON match": (
        json_match("a", "REGEX_CONTAINS", "(42"),
        "string_match_reward_scorer.json_match_expression.value_string_match_expression.expression",
    ),
    "parse config": (
        parsed(match("PARTIAL_MATCH", "42"), "(a"),
        "parse_response_config.regex_extract_expression",
    ),
    "snippet": (
        {"codeExecutionRewardScorer": {"pythonCodeSnippet": "def evaluate(:"}},
        "code_execution_reward_scorer.python_code_snippet",
    ),
    "part of a composite": (
        composite((1, match("PARTIAL_MATCH", "42")), (1, match("REGEX_CONTAINS", "(42"))),
        "weighted_reward_configs[1].reward_config.string_match_reward_scorer.string_match_expression.expression",
    ),
}


@pytest.mark.parametrize(("config", "path"), CERTAIN.values(), ids=CERTAIN.keys())
def test_certain_trap_names_its_field(config: Config, path: str) -> None:
    """As a program writes it, so that the error stands there."""
    found = traps.of_config(of_document(config, ""))

    assert [trap.path for trap in found if trap.is_certain] == [path]


def test_part_of_a_composite_that_is_always_the_same_is_only_likely() -> None:
    """The other parts may tell answers from each other."""
    same = match("EXACT_MATCH", "42", wrongAnswerReward=1)
    found = traps.of_config(of_document(composite((1, same), (1, match("PARTIAL_MATCH", "a"))), ""))

    assert [trap for trap in found if trap.is_certain] == []


def test_traps_of_some_lines_do_not_speak_of_all() -> None:
    """A reward that was tried on a sample says nothing of the other lines."""
    config = of_document(match("PARTIAL_MATCH", "{{references.price}}"), "")

    found = traps.of_examples(config, Examples(LINES, total=50))

    assert [str(trap) for trap in found] == [
        "the reward reads the reference 'price': 1 of 2 lines lack it (first: line 2)"
    ]


def test_snippet_that_reads_a_reference_of_nobody_is_seen() -> None:
    """`.get` hides it: the reward would be the same for every answer."""
    config = of_snippet(f"{BODY}return float(example['references'].get('gold') == 1)")

    assert [str(trap) for trap in traps.of_examples(config, EXAMPLES)] == [
        "the reward reads the reference 'gold': no line has it (first: line 1)"
    ]


def warnings_of(reward: Config | str, *answers: tuple[str, Case]) -> list[str]:
    config = of_snippet(reward) if isinstance(reward, str) else of_document(reward, "")
    with Trial(config) as trial:
        return traps.of_result(trial.run([(LINES[0], Answer(text, case)) for text, case in answers]))


def test_good_reward_gives_no_warning() -> None:
    """The reference earns most."""
    reward = match("PARTIAL_MATCH", "{{references.answer}}")

    assert warnings_of(reward, ("42", "reference"), ("", "empty"), ("4", "truncated"), ("7", "other line")) == []


def test_sample_of_the_api_reference_is_found_out() -> None:
    """Google's own sample compares a part, which is a dict, with a text: it earns -1 whatever the answer."""
    snippet = (
        f'{BODY}response_str = response.get("parts", [])[0]\n    references = example.get("references", {{}})\n'
        '    if response_str == references.get("answer"):\n        return 1.0\n    return -1.0'
    )

    assert warnings_of(snippet, ("42", "reference"), ("", "empty")) == [
        "every answer earns -1: nothing can be learnt from a reward that is always the same; --answers tries your own"
    ]


def test_reference_that_earns_less_than_a_wrong_answer_is_reported() -> None:
    """The reward is turned round, or compares something else."""
    reward = match("PARTIAL_MATCH", "42", correctAnswerReward=-1, wrongAnswerReward=1)

    assert warnings_of(reward, ("42", "reference"), ("", "empty")) == [
        "the reference as the answer earns -1 on average, and an empty answer 1: look at what the reward compares"
    ]


def test_failures_that_would_end_the_job_are_reported() -> None:
    """More than 80 % of failed calls stop a job."""
    assert warnings_of(f"{BODY}return 1 / 0", ("a", "given"), ("b", "given")) == [
        "2 of 2 answers got no reward (ZeroDivisionError: division by zero (line 2)): the service stops a job in which "
        "more than 80 % of the calls fail"
    ]


def test_booleans_and_clipped_rewards_are_reported() -> None:
    """Both give a number here; the first may not at the service."""
    snippet = f"{BODY}return True if response['parts'][0]['text'] == 'a' else -3"

    assert warnings_of(snippet, ("a", "given"), ("b", "given")) == [
        "evaluate returns True and False, where the API asks for a float: return 1.0 and 0.0",
        "rewards outside of [-1, 1] are clipped (1 of them): what lies beyond makes no difference",
    ]


def test_prompts_without_spread_are_counted() -> None:
    """What all samples of a prompt earn alike teaches nothing."""
    config = of_document(match("PARTIAL_MATCH", "{{references.answer}}"), "")
    asked = [(LINES[0], "42"), (LINES[0], "41"), (LINES[1], "x"), (LINES[1], "y")]
    with Trial(config) as trial:
        result = trial.run([(example, Answer(text, "sample")) for example, text in asked])

    assert traps.of_result(result) == [
        "at 1 of 2 prompts all samples earn the same: nothing is learnt from these (/learnable_prompt_ratio)"
    ]
    assert result.spread == pytest.approx(0.75 / 2)  # the mean of 0.75 at the first prompt and 0 at the second


def test_spread_of_one_answer_a_prompt_is_that_of_all() -> None:
    """There is nothing to compare within a prompt."""
    config = of_document(match("PARTIAL_MATCH", "{{references.answer}}"), "")
    with Trial(config) as trial:
        result = trial.run([(LINES[0], Answer("42", "given")), (LINES[1], Answer("x", "given"))])

    assert (result.mean, result.spread) == (0.25, 0.75)


ELSEWHERE = {
    "autorater": autorater("{{response}}"),
    "Cloud Run": {"cloudRunRewardScorer": {"cloudRunUri": "https://x"}},
}


@pytest.mark.parametrize("config", ELSEWHERE.values(), ids=ELSEWHERE.keys())
def test_what_only_the_service_computes_is_not_guessed(config: Config) -> None:
    """Without the validator there is no reward, with it its own number stands."""
    alone = run(config, "42")
    asked = run(config, "42", verdict=Verdict(0.25, {}))

    assert (alone.failed, "--google" in alone.tried[0].reason) == (1, True)
    assert traps.of_result(alone) == []  # nobody knows: the reward has not failed
    assert (asked.rewards, asked.differences) == ([0.25], [])


def test_difference_from_the_service_is_kept() -> None:
    """Ours, theirs, and why."""
    result = run(match("EXACT_MATCH", "42"), "42", verdict=Verdict(-0.5, {}))

    assert result.as_dict()["google"] == {
        "compared": 1,
        "differences": [
            {"name": "reward", "line": 1, "answer": "42", "reward": 1.0, "google": -0.5, "reason": "'42' equals '42'"}
        ],
    }


def test_failure_at_the_service_alone_is_a_difference() -> None:
    """What works here need not work there: imports, permissions."""
    result = run(match("EXACT_MATCH", "42"), "42", verdict=Verdict(None, {}, "no such module"))

    assert [(each.google, each.trouble) for each in result.differences] == [(None, "no such module")]
