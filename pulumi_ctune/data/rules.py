"""The rules of the tuning pages that the schema does not have: roles, turns, parts, completions, functions, files.

Reads what `schema` made of a line; says what is wrong, where, and how to mend it. `fast_check` knows the same rules as
conditions: a property test holds the two together.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_ctune.core.messages import any_of, show
from pulumi_ctune.data.limits import MEDIA_TYPES, PART_DATA, ROLES, Method, media_kind
from pulumi_ctune.data.problems import Finding
from pulumi_ctune.data.schema import Message, child

_ROLE_FIXES = {
    "assistant": "Write 'model'.",
    "system": 'Take the turn out, and put its parts into "systemInstruction".',
    "developer": 'Take the turn out, and put its parts into "systemInstruction".',
    "tool": "Write 'function'.",
    "human": "Write 'user'.",
    "gpt": "Write 'model'.",
}
_NEEDED = {
    "fileData": ("fileUri", "mimeType"),
    "inlineData": ("data", "mimeType"),
    "functionCall": ("name",),
    "functionResponse": ("name",),
}
_DATA_FIX = 'A part has one of "text", "fileData", "functionCall" or "functionResponse".'

Declared = Mapping[str, frozenset[str] | None]
"""Function -> names of its parameters; None where the declaration does not say."""


def broken(method: Method, example: Message) -> Iterator[Finding]:
    """Everything that the rules have against an example."""
    contents = example.get("contents")
    if contents is None:
        yield Finding("missing-field", example.at("contents"), "the example has no turns", 'Add "contents".')
        return
    if not contents:
        yield Finding("empty-contents", example.at("contents"), "the example has no turns", "Take the line out.")
        return
    if system := example.get("systemInstruction"):
        yield from _system(system)
    elif system is not None:
        yield Finding("missing-field", system.at("parts"), "the instruction has no parts", "Leave it out.")
    for content in contents:
        yield from _turn(method, content)
    yield from _last_turn(method, contents)
    if method == "dpo":
        yield from _completions(example)
    else:
        yield from _functions(contents, declared_in(example))


def _system(system: Message) -> Iterator[Finding]:
    yield from _parts_there(system)
    for part in system.get("parts", ()):
        kinds = _kinds(part)
        if kinds != ["text"]:
            yield Finding(
                "part-kind", part.path, "the parts of a system instruction are texts", 'Write {"text": "..."}.'
            )


def _turn(method: Method, content: Message) -> Iterator[Finding]:
    role = content.get("role", "user")
    if role not in ROLES:
        fix = _ROLE_FIXES.get(role.lower(), "Write 'user' or 'model'.")
        yield Finding("bad-role", content.at("role"), f"{show(role)} is not a role: 'user' and 'model' are", fix)
    yield from _parts_there(content)
    for part in content.get("parts", ()):
        yield from _part(method, part)


def _parts_there(content: Message) -> Iterator[Finding]:
    if "parts" not in content:
        fix = 'Add "parts": [{"text": "..."}].'
        yield Finding("missing-field", content.at("parts"), "the turn has no parts", fix)
    elif not content["parts"]:
        yield Finding("empty-parts", content.at("parts"), "the turn has no parts", "Take the turn out, or fill it.")


def _part(method: Method, part: Message) -> Iterator[Finding]:
    kinds = _kinds(part)
    if not kinds:
        yield Finding("part-kind", part.path, "the part has no data", _DATA_FIX)
    elif len(kinds) > 1:
        spelled = any_of(part.spelled[kind] for kind in kinds).replace(" or ", " and ")
        yield Finding("part-kind", part.path, f"the part has {spelled}", "Make a part of each of them.")
    elif method == "dpo" and kinds != ["text"]:
        message = f"preference tuning takes text only, not {part.spelled[kinds[0]]}"
        yield Finding("part-kind", part.path, message, "Say it in text, or take the line out.")
    for kind in kinds:
        yield from _needed(part[kind], _NEEDED.get(kind, ()))
    if method != "dpo" and isinstance(file := part.get("fileData"), Message):
        yield from _file(method, file)


def _kinds(part: Message) -> list[str]:
    return [kind for kind in PART_DATA if kind in part]


def _needed(message: Message | str, names: tuple[str, ...]) -> Iterator[Finding]:
    for name in names:
        if isinstance(message, Message) and not message.get(name):
            yield Finding("missing-field", message.at(name), f"{name} is not given", f'Add "{name}".')


def _file(method: Method, file: Message) -> Iterator[Finding]:
    uri, mime_type = file.get("fileUri", ""), file.get("mimeType", "")
    if uri and not is_readable(uri):
        message = f"{show(uri)} is neither gs://BUCKET/OBJECT nor a public http(s) URL"
        yield Finding("wrong-type", file.at("fileUri"), message, "Put the file into Cloud Storage.")
    if mime_type and media_kind(mime_type) not in MEDIA_TYPES[method]:
        message = f"{show(mime_type)} is not a type that this method takes"
        yield Finding("media-type", file.at("mimeType"), message, f"It takes {any_of(MEDIA_TYPES[method])}.")


def is_readable(uri: str) -> bool:
    return uri.startswith(("gs://", "https://", "http://"))


def _last_turn(method: Method, contents: list[Message]) -> Iterator[Finding]:
    last, wanted = contents[-1], "model" if method == "sft" else "user"
    role = last.get("role", "user")
    if role not in ROLES or role == wanted or (method == "rft" and role == "function"):
        return
    if method == "sft":
        fix = "Add the answer that is to be learnt as a turn with the role 'model'."
    elif method == "dpo":
        fix = 'Put answers into "completions".'
    else:
        fix = 'Take the answer out; what a reward compares with goes into "references".'
    yield Finding("last-turn", last.at("role"), f"the last turn is {show(role)}: it has to be {show(wanted)}", fix)


def _completions(example: Message) -> Iterator[Finding]:
    completions = example.get("completions")
    path = example.at("completions")
    if completions is None:
        yield Finding("missing-field", path, "the example has no answers to compare", 'Add "completions".')
        return
    if len(completions) != 2:
        message = f"there are {len(completions)} completions: two are compared"
        yield Finding("completions", path, message, "Give one with score 1 and one with score 0.")
    elif sorted(float(item.get("score", 0)) for item in completions) != [0, 1]:
        yield Finding("completions", path, "one completion has score 1, the other score 0", "Write 1 and 0.")
    for item in completions:
        completion = item.get("completion")
        if completion is None:
            fix = 'Add "completion": {"role": "model", "parts": [{"text": "..."}]}.'
            yield Finding("missing-field", item.at("completion"), "the answer is not given", fix)
            continue
        yield from _turn("dpo", completion)
        if completion.get("role", "model") in ("user", "function"):
            message = f"a completion is by 'model', not by {show(completion['role'])}"
            yield Finding("bad-role", completion.at("role"), message, "Write 'model'.")


def declared_in(example: Mapping[str, Any]) -> Declared:
    """The functions that an example declares."""
    found: dict[str, frozenset[str] | None] = {}
    for tool in example.get("tools", ()):
        for declaration in tool.get("functionDeclarations", ()):
            parameters = declaration.get("parameters")
            if "parametersJsonSchema" in declaration or (parameters is not None and "properties" not in parameters):
                names = None
            else:
                names = frozenset((parameters or {}).get("properties", ()))
            found[declaration.get("name", "")] = names
    return found


def _functions(contents: list[Message], declared: Declared) -> Iterator[Finding]:
    for index, content in enumerate(contents):
        answered = _answered_after(contents, index)
        for part in content.get("parts", ()):
            call = part.get("functionCall")
            if not isinstance(call, Message) or not (name := call.get("name")):
                continue
            if name not in declared:
                message = f"the line declares no function {show(name)}"
                fix = f"There are {any_of(declared)}." if declared else 'Declare it in "tools".'
                yield Finding("undeclared-function", call.at("name"), message, fix)
            elif (known := declared[name]) is not None:
                for key in call.get("args", ()):
                    if key not in known:
                        fix = f"There are {any_of(sorted(known))}." if known else "It takes none."
                        message = f"{show(name)} has no parameter {show(key)}"
                        yield Finding("function-arguments", child(call.at("args"), key), message, fix)
            if index < len(contents) - 1 and name not in answered:
                fix = 'Add a turn with "functionResponse" after the call.'
                yield Finding("function-response-missing", call.path, f"no response of {show(name)} follows", fix)


def _answered_after(contents: list[Message], index: int) -> set[str]:
    """The functions whose responses follow before the model speaks again."""
    found: set[str] = set()
    for content in contents[index + 1 :]:
        if content.get("role") == "model":
            break
        for part in content.get("parts", ()):
            response = part.get("functionResponse")
            if isinstance(response, Message):
                found.add(response.get("name", ""))
    return found
