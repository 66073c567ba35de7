"""What goes wrong in the plugin, as one line: what happened, [where], why, and what to do next."""

from typing import Self


class PluginError(Exception):
    """A verb failed; the engine shows `str()`. `code` is the HTTP status behind it, 0 for none."""

    def __init__(self, what: str, *, where: str = "", why: str = "", next_step: str = "", code: int = 0) -> None:
        super().__init__(what)
        self.what, self.where, self.why, self.next_step, self.code = what, where, why, next_step, code

    def __str__(self) -> str:
        line = self.what + (f" [{self.where}]" if self.where else "") + (f": {self.why}" if self.why else "")
        return f"{line.removesuffix('.')}. {self.next_step}" if self.next_step else line

    def advising(self, next_step: str) -> Self:
        """A copy with another next step."""
        parts = {"where": self.where, "why": self.why, "next_step": next_step}
        return type(self)(self.what, code=self.code, **parts)


class InvalidInputError(PluginError):
    """An input or a setting that cannot work."""


class NotFoundError(PluginError):
    """404, or a record that is gone."""
