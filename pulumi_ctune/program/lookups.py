"""What the lookups of a program have in common: arguments, mocks, options, errors in one line, outputs.

A lookup runs in the program's process, on the settings of its stack. What it asks for and what it makes of the answer
are the lookup's own: `tuned_model`, `dataset`.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import pulumi
from pulumi.runtime.sync_await import _sync_await

from pulumi_ctune.core import printable
from pulumi_ctune.core.errors import ApiError, CredentialsError, CtuneError, InvalidInputError
from pulumi_ctune.program import stack

T = TypeVar("T")
Arguments = Mapping[str, Any]


class LookupFailedError(CtuneError, pulumi.RunError):
    """A lookup that failed. As a `RunError` Pulumi shows it as one line instead of a traceback."""


@dataclass(frozen=True)
class Lookup(Generic[T]):
    """One function of the program that looks something up. `project` and `location` among the arguments are those of a
    short name.

    `what` is how its errors open, `token` what mocks are asked for, `function` the one for outputs. `mocked` makes the
    result of a mock's answer (in snake_case), `look_up` finds it. `may_come`: the program itself may make what is
    looked for, so that in a preview what cannot be read is not known yet.
    """

    what: str
    token: str
    function: str
    mocked: Callable[[Arguments, Arguments], T]
    look_up: Callable[[stack.Lookup, Arguments], T]
    may_come: bool = False

    def now(self, arguments: Arguments, opts: pulumi.InvokeOptions | None) -> T:
        """Raises `LookupFailedError`."""
        try:
            self._refuse_outputs(arguments)
            mocks = stack.mocks()
            if mocks is not None:
                return self._asked(mocks, arguments)
            place = _sync_await(stack.lookup(arguments.get("project"), arguments.get("location"), opts))
            if place is None:
                raise InvalidInputError(
                    self.what,
                    where="opts.provider",
                    why="the provider has no values yet in this preview",
                    next_step=f"Call {self.function} instead.",
                )
            return self.look_up(place, arguments)
        except CtuneError as error:
            raise _shown(error) from error

    def later(self, arguments: Arguments, opts: pulumi.InvokeOptions | None) -> pulumi.Output[T]:
        """The same for arguments that may be outputs; unknown as long as one of them is, or the provider."""
        given = pulumi.Output.all(**arguments)

        async def found(known: Arguments) -> Any:
            if await given.is_secret():
                for argument in known.values():
                    printable.hide(str(argument or ""))
            try:
                mocks = stack.mocks()
                if mocks is not None:
                    return self._asked(mocks, known)
                place = await stack.lookup(known.get("project"), known.get("location"), opts)
                if place is None:
                    return pulumi.Output.from_input(pulumi.UNKNOWN)
                return await asyncio.to_thread(self.look_up, place, known)
            except (ApiError, CredentialsError) as error:
                if not (self.may_come and pulumi.runtime.is_dry_run()):
                    raise _shown(error) from error
                pulumi.log.warn(f"{error}; not known in this preview, `pulumi up` looks again")
                return pulumi.Output.from_input(pulumi.UNKNOWN)
            except CtuneError as error:
                raise _shown(error) from error

        output: pulumi.Output[T] = given.apply(found)
        return output

    def _refuse_outputs(self, arguments: Arguments) -> None:
        for argument, value in arguments.items():
            if isinstance(value, pulumi.Output):
                raise InvalidInputError(
                    self.what,
                    where=argument,
                    why="it is an Output, which has no value yet while the program runs",
                    next_step=f"Call {self.function} instead.",
                )

    def _asked(self, mocks: pulumi.runtime.Mocks, arguments: Arguments) -> T:
        """What the mocks of a unit test answer; nothing is sent, and no credentials are looked up."""
        given = {key: value for key, value in arguments.items() if value}
        answered: Any = mocks.call(pulumi.runtime.MockCallArgs(token=self.token, args=given, provider=""))
        answer, failures = answered if isinstance(answered, tuple) else (answered, None)
        if failures:
            raise InvalidInputError(self.what, why="; ".join(str(reason) for _, reason in failures))
        return self.mocked(given, snake_case(answer or {}))


def snake_case(answer: Arguments) -> dict[str, Any]:
    """A mock's answer by our names: it may have those of other languages, as pulumi-gcp's mocks have."""
    return {re.sub(r"(?<=[a-z0-9])([A-Z])", lambda match: "_" + match[1].lower(), key): answer[key] for key in answer}


def _shown(error: CtuneError) -> LookupFailedError:
    return LookupFailedError(error.what, where=error.where, why=error.why, next_step=error.next_step)
