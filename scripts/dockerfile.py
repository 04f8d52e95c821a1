"""Reads a Dockerfile that keeps to FROM, ARG, RUN, COPY, ENV, WORKDIR, USER and LABEL."""

import dataclasses
import re
import shlex
from pathlib import Path
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from zeroskew.errors import SettingsError

KNOWN = ("FROM", "ARG", "RUN", "COPY", "ENV", "WORKDIR", "USER", "LABEL")
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_VARIABLE = re.compile(r"\\(.)|\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")


@dataclasses.dataclass(frozen=True)
class Instruction:
    """A line of a Dockerfile, with the lines that continue it."""

    name: str
    value: str
    line: int

    def __str__(self) -> str:
        return f"{self.name} {self.value}"


@dataclasses.dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next.

    Attributes:
        name: that other stages know it by: what follows AS, or its number.
        base: another stage, or an image.
        instructions: what is done to the base.
    """

    name: str
    base: str
    instructions: Tuple[Instruction, ...]


@dataclasses.dataclass(frozen=True)
class Config:
    """What a container of the image starts with.

    Attributes:
        env: environment variables.
        arguments: build arguments that RUN sees as well.
        user: name or number, with a group if there is one.
        workdir: the folder it starts in.
        labels: of the image.
    """

    env: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"PATH": DEFAULT_PATH})
    arguments: Mapping[str, str] = dataclasses.field(default_factory=dict)
    user: str = "0:0"
    workdir: str = "/"
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def expand(self, text: str) -> str:
        """Returns the text with variables replaced by their values."""
        return expand(text, {**self.arguments, **self.env})

    def after(self, instruction: Instruction, given: Mapping[str, str]) -> "Config":
        """Returns the configuration after an instruction.

        Args:
            instruction: any; RUN and COPY change nothing here.
            given: build arguments from the command line.
        """
        value = instruction.value
        if instruction.name == "ARG":
            name, _, default = value.partition("=")
            argument = given.get(name, self.expand(unquote(default)))
            return dataclasses.replace(self, arguments={**self.arguments, name: argument})
        if instruction.name == "ENV":
            return dataclasses.replace(self, env={**self.env, **self._pairs(instruction)})
        if instruction.name == "LABEL":
            return dataclasses.replace(self, labels={**self.labels, **self._pairs(instruction)})
        if instruction.name == "USER":
            return dataclasses.replace(self, user=self.expand(value))
        if instruction.name == "WORKDIR":
            return dataclasses.replace(self, workdir=join(self.workdir, self.expand(value)))
        return self

    def _pairs(self, instruction: Instruction) -> Dict[str, str]:
        words = shlex.split(instruction.value)
        wrong = [word for word in words if "=" not in word]
        if wrong:
            raise SettingsError(
                f"{instruction.name} takes NAME=VALUE",
                received=f"{wrong[0]!r} in line {instruction.line}",
            )
        pairs = (word.split("=", 1) for word in words)
        return {name: self.expand(value) for name, value in pairs}


def parse(text: str, given: Mapping[str, str]) -> List[Stage]:
    """Returns the stages of a Dockerfile.

    Args:
        text: the file's content.
        given: build arguments from the command line.

    Raises:
        SettingsError: an instruction is not one of `KNOWN`, or stands before the first FROM.
    """
    arguments: Dict[str, str] = {}
    heads: List[Tuple[Tuple[str, str], List[Instruction]]] = []
    for instruction in _instructions(text):
        if instruction.name == "FROM":
            words = expand(instruction.value, arguments).split()
            name = words[2] if len(words) == 3 and words[1].upper() == "AS" else str(len(heads))
            heads.append(((name, words[0]), []))
        elif heads:
            heads[-1][1].append(instruction)
        elif instruction.name == "ARG":
            name, _, default = instruction.value.partition("=")
            arguments[name] = given.get(name, unquote(default))
        else:
            raise SettingsError(
                "only ARG may stand before the first FROM",
                received=f"{instruction.name} in line {instruction.line}",
            )
    return [Stage(name, base, tuple(body)) for (name, base), body in heads]


def _instructions(text: str) -> Iterable[Instruction]:
    parts: List[str] = []
    first = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if line.lstrip().startswith("#") or not line.strip():
            continue
        first = first if parts else number
        continued = line.rstrip().endswith("\\")
        parts.append(line.rstrip().rstrip("\\").strip() if continued else line.strip())
        if not continued:
            yield _instruction(" ".join(parts), first)
            parts = []


def _instruction(line: str, number: int) -> Instruction:
    name, _, value = line.partition(" ")
    if name.upper() not in KNOWN or value.lstrip().startswith(("[", "<<", "--mount")):
        raise SettingsError(
            "the image is built from few instructions, so that it can be built without Docker",
            allowed=f"{', '.join(KNOWN)}, in their plain form",
            received=f"{line.split(' --')[0][:60]!r} in line {number}",
        )
    return Instruction(name.upper(), value.strip(), number)


@dataclasses.dataclass(frozen=True)
class Copy:
    """What a COPY says.

    Attributes:
        sources: paths in the context, or in the root of another stage.
        target: path in this stage.
        stage: the other stage, if there is one.
        owner: user and group, as numbers.
    """

    sources: Tuple[str, ...]
    target: str
    stage: Optional[str]
    owner: Tuple[int, int]


def read_copy(instruction: Instruction, config: Config) -> Copy:
    """Returns what a COPY says.

    Raises:
        SettingsError: it has an option other than --from and --chown.
    """
    words = config.expand(instruction.value).split()
    options = dict(word[2:].partition("=")[::2] for word in words if word.startswith("--"))
    paths = [word for word in words if not word.startswith("--")]
    owner = options.get("chown", "0:0")
    if set(options) - {"from", "chown"} or not re.fullmatch(r"\d+:\d+", owner) or len(paths) < 2:
        raise SettingsError(
            "COPY takes sources and a target",
            allowed="--from=STAGE and --chown=UID:GID before them",
            received=f"{instruction.value!r} in line {instruction.line}",
        )
    user, group = owner.split(":")
    target = join(config.workdir, paths[-1]) + ("/" if paths[-1].endswith("/") else "")
    return Copy(tuple(paths[:-1]), target, options.get("from"), (int(user), int(group)))


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Replaces $NAME, ${NAME} and ${NAME:-default}."""

    def value(found: "re.Match[str]") -> str:
        if found[1] is not None:
            return found[1]
        return variables.get(found[2] or found[4], "") or found[3] or ""

    return _VARIABLE.sub(value, text)


def unquote(text: str) -> str:
    """Returns the text without quotes around it."""
    return " ".join(shlex.split(text))


def join(folder: str, path: str) -> str:
    """Returns a path in the image, which starts from a folder unless it is absolute."""
    joined = str(Path(folder, path))
    return joined if joined.startswith("/") else f"/{joined}"
