"""The check of wording: the page's rules, the prose that is found in each kind of file, and the list of old files."""

from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.wording import check, exemptions, page
from tests.wording.__main__ import report

PAGE = page.parse((REPOSITORY / "CONTRIBUTING.md").read_text("utf-8"))
SMALL = page.parse(
    """# Contributing

## Terms and wording

| limit | at most |
|---|---|
| words in a sentence | 6 |
| semicolons in a sentence | 1 |
| columns in a line | 60 |

| rule | not | write |
|---|---|---|
| `what first` | `^What[^?]*[^?]$` | the subject first |
| `go on` | `(go\\|goes) on`, `goes on to` | `continue` |
| `where` | `… where` | `if` |

## More

| rule | not | write |
|---|---|---|
| `more` | `word` | nothing |
"""
)


def found(name: str, source: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.rule) for finding in check.findings(name, source, SMALL)]


@pytest.mark.parametrize("example", PAGE.examples, ids=lambda example: example.rule + ": " + example.before[:30])
def test_a_text_before_breaks_its_rule_and_the_text_after_breaks_none(example: page.Example) -> None:
    assert example.rule in [finding.rule for finding in check.of_text(example.before, PAGE)]
    assert check.of_text(example.after, PAGE) == []


def test_every_rule_of_wording_has_an_example() -> None:
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    wording = page.parse(page.TITLE + text.split("### Wording", 1)[1] + "")
    assert {rule.name for rule in wording.rules} - {example.rule for example in wording.examples} == set()


def test_only_the_section_of_wording_has_rules() -> None:
    assert [rule.name for rule in SMALL.rules] == ["what first", "go on", "where"]
    assert SMALL.limits == {"words in a sentence": 6, "semicolons in a sentence": 1, "columns in a line": 60}


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("| rule | not | write |\n|---|---|---|\n| a | `(b` | c |", "the pattern `(b` is no regular expression"),
        ("| rule | not | write |\n|---|---|---|\n| a | b | c |", "no pattern in backticks in the cell 'b'"),
        ("| rule | not | write |\n|---|---|---|\n| a | `b|c` | d |", "a table has the head"),
        ("| other | head |\n|---|---|\n| a | b |", "a table has the head ['other', 'head']"),
    ],
)
def test_a_table_that_cannot_be_read_is_an_error_that_shows_it(table: str, words: str) -> None:
    with pytest.raises(ValueError, match=r"CONTRIBUTING\.md") as e:
        page.parse(f"{page.TITLE}\n\n{table}\n")
    assert words in str(e.value)


def test_a_page_without_the_section_is_an_error() -> None:
    with pytest.raises(ValueError, match="no section"):
        page.parse("# Contributing\n")


def test_a_finding_names_place_rule_words_and_what_to_write() -> None:
    (finding,) = check.findings("docs/a.md", "Text.\n\nThe run goes\non here.\n", SMALL)
    assert str(finding) == 'docs/a.md:3: [go on] "goes on". Write: `continue`'


def test_a_finding_of_a_term_gives_its_meaning() -> None:
    terms = "| term | meaning | not |\n|---|---|---|\n| poll | to look at intervals | `a look` |\n| run | one | |\n"
    (rule,) = page.parse(f"{page.TITLE}\n\n{terms}").rules
    assert (rule.name, rule.write) == ("poll", 'the term "poll": to look at intervals')


def test_one_place_is_one_finding_even_if_two_patterns_match() -> None:
    assert found("a.md", "It goes on to one. It goes on.") == [(1, "go on"), (1, "go on")]


def test_sentences_end_at_full_stops_and_not_in_abbreviations_versions_or_lists() -> None:
    assert found("a.md", "One two three four. One two three four. `One` two.") == []
    assert [rule for _, rule in found("a.md", "One two, e.g. Three\nfour five six seven.")] == ["long sentence"]
    assert [rule for _, rule in found("a.md", "One 3.5 two three\na, ... B four five.")] == ["long sentence"]
    assert found("a.md", "What is it? It is one.") == []
    assert found("a.md", "One; two.") == []
    assert found("a.md", "One; two; three.") == [(1, "semicolons")]
    assert found("a.md", 'It ends "so." What follows.') == [(1, "what first")]


def test_code_counts_as_one_word_and_holds_no_words() -> None:
    assert found("a.md", "`a b c d e f g h` one two.\n`goes on` and ``go on ` `` one.") == []
    assert found("a.md", "`None` where it is.") == [(1, "where")]


def test_of_a_page_paragraphs_lists_and_cells_are_prose_and_the_rest_is_not() -> None:
    source = """# What goes on

```text
It goes on.
```

<!-- It goes on.
It goes on. -->
See [the page](goes/on) one.

- It goes on.
- It ends.

| what goes on | |
|---|---|
| go on | `go on` |

    code that goes on

It goes on.
"""
    assert found("a.md", source) == [(11, "go on"), (16, "go on"), (20, "go on")]


def test_rows_of_tables_and_long_links_may_be_longer_than_a_line() -> None:
    row = "| " + "a `b` " * 5 + "| " + "c `d` " * 5 + "|"
    assert found("a.md", f"| a | b |\n|---|---|\n{row}\n") == [(3, "long sentence"), (3, "long sentence")]
    assert found("a.md", f"https://example.com/{'long/' * 20}\n") == []
    assert found("a.md", f"One {'o' * 56}\n") == []
    assert found("a.md", f"One\ntwo {'o' * 57}\n") == [(2, "long line")]
    assert found("a.py", f"# One {'o' * 55}\n") == [(1, "long line")]
    assert found("A.java", f"/** One\n * two {'o' * 55} */\n") == [(2, "long line")]


def test_of_python_docstrings_comments_and_texts_of_errors_and_logs_are_prose() -> None:
    source = '''"""It goes on."""

NAME = "it goes on"
"""It goes on."""


def f(log):
    """Do it.

    Args:
        log: it goes on.
            It goes on, one two three
        two: four five six seven

    It runs:

        code = goes on
    """
    # It goes
    # on.
    x = 1  # It goes on.
    log.warning("it goes on")
    log.write("it goes on")
    print("it goes on")
    raise _invalid("x", f"it {x} goes" " on")


def g(e):
    raise ValueError("It " + str(e) + "is; it" + " goes on.") from e
'''
    lines = [1, 4, 11, 12, 19, 21, 22, 25, 29]
    assert found("a.py", source) == [(line, "go on") for line in lines]


def test_directives_in_comments_are_no_prose() -> None:
    assert found("a.py", "#! goes on\nimport a  # noqa: goes on\nimport b  # type: goes on\n") == []


def test_of_java_and_scala_comments_and_texts_of_exceptions_and_logs_are_prose() -> None:
    source = """/**
 * It goes on, {@code goes on}, {@link A#b(goes on)}.
 *
 * <pre>{@code
 * goes on
 * }</pre>
 *
 * <p>It goes on
 * <ul>
 *   <li>One two three four five
 *   <li>One two three four five
 * </ul>
 *
 * @param goes on what it is
 * @throws E if it goes
 *     on
 */
class A {
  String text = "it goes on"; // It goes on.
  char quote = '"'; Object o = new AnException("it goes on");
  Object p = new AnException("it goes" + o + " on");
  /* It goes on. */
  void f() {
    throw new PipesException("it goes " + (1 + 1) + "on, it " + "goes on");
  }
  void g() { context.log().warn("it goes on", "https://goes on"); out.write("it goes on"); }
}
"""
    lines = [2, 8, 15, 19, 20, 22, 24, 26]
    assert found("A.java", source) == [(line, "go on") for line in lines]
    assert found("A.scala", 'def f = throw new E(s"""one $x goes on""")\n/** {{{\n goes on }}} `goes on` */\n') == []
    scala = 'def f = throw new EException(s"""one $x goes\n  on""")\n/** {{{\n goes on }}} [[goes on]] */\n'
    assert found("A.scala", scala) == [(1, "go on")]


def test_only_files_with_prose_are_checked() -> None:
    names = ["docs/a.md", "a.py", "A.java", "A.scala", "a.json", "Makefile", "a.txt"]
    assert [name for name in names if check.is_checked(name)] == names[:4]


# ---- the list


def findings(path: str, count: int) -> list[check.Finding]:
    return check.findings(path, "It goes on.\n\n" * count, SMALL)


def test_a_listed_file_may_have_the_listed_findings_and_no_more() -> None:
    assert report({"old.md": findings("old.md", 2)}, {"old.md": 2}) == []
    lines = report({"old.md": findings("old.md", 3)}, {"old.md": 2})
    assert [line.split(" ")[0] for line in lines] == ["old.md:1:", "old.md:3:", "old.md:5:", "old.md:"]
    assert lines[-1] == "old.md: 3 findings, and the list of old files allows 2."


def test_a_new_file_may_have_no_finding() -> None:
    (line,) = report({"new.md": findings("new.md", 1)}, {})
    assert line == 'new.md:1: [go on] "goes on". Write: `continue`'


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        ({"old.md": findings("old.md", 0)}, "old.md: listed, but this file has become clean."),
        ({"old.md": findings("old.md", 1)}, "old.md: listed with 2 findings, but this file has only 1 now."),
        ({}, "old.md: listed, but this file does not exist."),
    ],
)
def test_a_list_that_allows_too_much_fails_and_names_the_command(
    tree: dict[str, list[check.Finding]], words: str
) -> None:
    first, last = report(tree, {"old.md": 2})
    assert first == words
    assert "--shrink" in last


def test_shrinking_follows_moved_files_and_leaves_out_clean_ones() -> None:
    assert exemptions.shrunk({"a": 2, "b": 3}, {"moved": 2, "b": 1, "clean": 0}) == {"moved": 2, "b": 1}


def test_shrinking_refuses_to_grow_and_names_the_files() -> None:
    with pytest.raises(exemptions.ListGrowsError) as e:
        exemptions.shrunk({"a": 2, "b": 3}, {"a": 3, "b": 3})
    assert "has 6 findings, and the list allows 5" in str(e.value)
    assert "  a: 2 -> 3" in str(e.value)
    assert "b:" not in str(e.value)


def test_a_first_list_takes_all() -> None:
    assert exemptions.shrunk(None, {"a": 2, "b": 0}) == {"a": 2}


def test_a_list_is_read_as_it_was_written_and_a_merge_counts_the_smaller_number(tmp_path: Path) -> None:
    exempt = {"a b.md": 2, "c.py": 120}
    assert exemptions.parse(exemptions.render(exempt)) == exempt
    assert exemptions.parse("  3 a\n  2 a\n# b\n\n") == {"a": 2}
    assert exemptions.parse("  2 a\n  3 a\n") == {"a": 2}
