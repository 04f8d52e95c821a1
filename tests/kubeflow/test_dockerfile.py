from pathlib import Path
from typing import Any

import pytest
from image_scripts import build_context, dockerfile, write

from zeroskew.errors import SettingsError


class TestParse:
    def test_stages_have_names_and_bases(self) -> None:
        text = "ARG BASE=debian:13-slim\nFROM ${BASE} AS one\nRUN true\nFROM one\nUSER 7:8\n"
        stages = dockerfile.parse(text, {})
        assert [(one.name, one.base) for one in stages] == [("one", "debian:13-slim"), ("1", "one")]
        assert [str(one) for one in stages[0].instructions] == ["RUN true"]

    def test_a_build_argument_replaces_a_default(self) -> None:
        stages = dockerfile.parse("ARG BASE=a\nFROM $BASE\nARG COMMIT=x\n", {"BASE": "b"})
        assert stages[0].base == "b"
        config = dockerfile.Config().after(stages[0].instructions[0], {"COMMIT": "abc"})
        assert config.arguments == {"COMMIT": "abc"}

    def test_lines_continue_over_comments(self) -> None:
        text = "FROM a\nRUN one \\\n# why\n    && two \\\n    && three\nUSER 1\n"
        run, user = dockerfile.parse(text, {})[0].instructions
        assert (run.value, run.line) == ("one && two && three", 2)
        assert (user.value, user.line) == ("1", 6)

    @pytest.mark.parametrize(
        ("line", "received"),
        [
            ("ADD a /b", "'ADD a /b' in line 2"),
            ('ENTRYPOINT ["a"]', "'ENTRYPOINT [\"a\"]' in line 2"),
            ('RUN ["a", "b"]', '\'RUN ["a", "b"]\' in line 2'),
            ("RUN --mount=type=secret,id=a true", "'RUN' in line 2"),
        ],
    )
    def test_other_instructions_are_refused(self, line: str, received: str) -> None:
        with pytest.raises(SettingsError) as caught:
            dockerfile.parse(f"FROM a\n{line}\n", {})
        assert caught.value.received == received

    def test_only_arg_stands_before_from(self) -> None:
        with pytest.raises(SettingsError, match="RUN in line 1"):
            dockerfile.parse("RUN true\nFROM a\n", {})


class TestConfig:
    def config(self, *lines: str) -> Any:
        config = dockerfile.Config()
        for instruction in dockerfile.parse("\n".join(["FROM a", *lines]), {})[0].instructions:
            config = config.after(instruction, {})
        return config

    def test_env_and_label_take_pairs_and_variables(self) -> None:
        config = self.config(
            "ARG COMMIT=abc", 'ENV A=1 B="two words"', "ENV PATH=/x:$PATH", "LABEL v=${COMMIT}-${A}"
        )
        assert config.env["B"] == "two words"
        assert config.env["PATH"] == f"/x:{dockerfile.DEFAULT_PATH}"
        assert config.labels == {"v": "abc-1"}

    def test_workdir_is_relative_to_the_last_one(self) -> None:
        assert self.config("WORKDIR /a", "WORKDIR b").workdir == "/a/b"

    def test_env_with_a_space_is_refused(self) -> None:
        with pytest.raises(SettingsError, match="'A' in line 2"):
            self.config("ENV A 1")

    def test_variables_have_defaults_and_can_be_escaped(self) -> None:
        assert dockerfile.expand(r"$A ${B} ${C:-d} \$A", {"A": "1", "B": "2"}) == "1 2 d $A"

    def test_copy_says_from_where_to_whom(self) -> None:
        line = dockerfile.Instruction("COPY", "--from=one --chown=5:6 /a /b to/", 1)
        copy = dockerfile.read_copy(line, self.config("WORKDIR /app"))
        assert copy == dockerfile.Copy(("/a", "/b"), "/app/to/", "one", (5, 6))

    @pytest.mark.parametrize("value", ["--link a b", "--chown=me:me a b", "a"])
    def test_copy_with_other_options_is_refused(self, value: str) -> None:
        with pytest.raises(SettingsError, match="COPY takes sources and a target"):
            dockerfile.read_copy(dockerfile.Instruction("COPY", value, 1), dockerfile.Config())


class TestIgnore:
    @pytest.mark.parametrize(
        ("rules", "path", "ignored"),
        [
            ("tests", "tests/a/b.py", True),
            ("tests", "my/tests/b.py", False),
            ("**/tests", "my/tests/b.py", True),
            ("*.md", "README.md", True),
            ("*.md", "docs/README.md", False),
            ("**/*.md\n!README.md", "README.md", False),
            ("**/*.md\n!README.md", "docs/README.md", True),
            ("req\n!req/a.txt", "req/a.txt", False),
            ("req\n!req/a.txt", "req/b.txt", True),
            (".*", ".git/config", True),
            ("**/x[-_]y?.json", "a/x_y1.json", True),
            ("# tests\n\n/build/", "build/x", True),
        ],
    )
    def test_the_last_rule_that_fits_counts(self, rules: str, path: str, ignored: bool) -> None:
        assert build_context.is_ignored(path, build_context.read_rules(rules)) is ignored

    def test_a_context_lists_what_is_left(self, tmp_path: Path) -> None:
        write(tmp_path, a="", b__c="", b__d="", e__f="")
        (tmp_path / ".dockerignore").write_text("b\n!b/c.txt\n.*\n", encoding="utf-8")
        context = build_context.read_context(tmp_path)
        assert context.files == ("a.txt", "b/c.txt", "e/f.txt")
        assert context.below("b") == [("b/c.txt", "c.txt")]
        assert context.below("a.txt") == [("a.txt", "a.txt")]
        assert context.below("*.txt") == [("a.txt", "a.txt")]
        assert len(context.below(".")) == 3

    def test_a_digest_changes_with_content_and_mode(self, tmp_path: Path) -> None:
        context = build_context.read_context(write(tmp_path, a="1", b="1"))
        first = context.digest("a.txt")
        write(tmp_path, b="2")
        assert context.digest("a.txt") == first
        write(tmp_path, a="2")
        second = context.digest("a.txt")
        (tmp_path / "a.txt").chmod(0o700)
        assert len({first, second, context.digest("a.txt")}) == 3
