"""Prose of Java and Scala sources: Javadoc, Scaladoc, other comments, and the strings of exceptions and log calls."""

import re
from collections.abc import Iterator

from tests.wording import markdown
from tests.wording.markdown import Line
from tests.wording.passage import CODE, Passage, blank, breaks, coded

_TOKEN = re.compile(
    r'(?P<doc>/\*.*?\*/)|(?P<line>//[^\n]*)|(?P<string>"""(?:.*?)"""|"(?:\\.|[^"\\\n])*")|\'(?:\\.[^\']*|[^\'\\\n])\''
    r"|(?P<open>\()|(?P<close>\))|(?P<word>[A-Za-z_]\w*)|(?P<other>\S)",
    re.DOTALL,
)
_MESSAGE = re.compile(r"\w*(?:Exception|Error|Warning)|debug|info|warn|warning|error|critical|invalid|refusal|refused")
_FIELD = re.compile(r"%[sd]|\$\{[^}]*\}|\$\w+|\{\}")
_DOC = (
    (re.compile(r"<pre>.*?</pre>|\{\{\{.*?\}\}\}", re.DOTALL | re.IGNORECASE), breaks),
    (re.compile(r"<code>.*?</code>|\[\[.*?\]\]", re.DOTALL), coded),
    (re.compile(r"@(?:param|throws|exception|tparam)\s+\S+|@\w+"), breaks),
    (re.compile(r"</?(?:p|li|ul|ol|tr|td|th|table|h\d|dl|dt|dd|caption)\b[^>]*>", re.IGNORECASE), breaks),
    (re.compile(r"</?[a-zA-Z][^>]*>|&\w+;"), blank),
)


def blocks(source: str) -> Iterator[list[Line]]:
    """The lines of each comment."""
    above: list[Line] = []
    for token in _TOKEN.finditer(source):
        number = source.count("\n", 0, token.start()) + 1
        if token["line"] is not None:
            if above and number != above[-1][0] + 1:
                yield above
                above = []
            above.append((number, re.sub(r"///? ?", "", token["line"], count=1)))
            continue
        if above:
            yield above
            above = []
        if token["doc"] is not None:
            lines = token["doc"].removesuffix("*/").split("\n")
            first = re.sub(r"^/\*\*? ?", "", lines[0])
            yield [
                (number, first),
                *((number + i, re.sub(r"^\s*\* ?", "", line)) for i, line in enumerate(lines[1:], start=1)),
            ]
    if above:
        yield above


def passages(source: str) -> Iterator[Passage]:
    """All prose of one file."""
    for block in blocks(source):
        text = "\n".join(line for _, line in block)
        masked = _mask(text)
        lines = zip((number for number, _ in block), text.split("\n"), masked.split("\n"), strict=True)
        for part in _paragraphs(list(lines)):
            numbers, texts, masks = zip(*part, strict=True)
            yield Passage("\n".join(texts), "\n".join(masks), numbers)
    yield from _texts(source)


def _mask(text: str) -> str:
    """As `markdown.mask`, for the tags and braces of Javadoc and Scaladoc; line ends stay."""
    masked = text
    for pattern, replacement in _DOC:
        masked = pattern.sub(replacement, masked)
        if replacement is breaks and pattern is _DOC[0][0]:
            masked = _inline_tags(masked)
    masked = markdown.mask(masked)
    return "".join("\n" if old == "\n" else new for old, new in zip(text, masked, strict=True))


def _inline_tags(text: str) -> str:
    """`{@code ...}` and the like as code; braces inside are counted."""
    found = 0
    while (found := text.find("{@", found)) >= 0:
        depth, end = 0, found
        for end in range(found, len(text)):
            depth += {"{": 1, "}": -1}.get(text[end], 0)
            if depth == 0:
                break
        text = text[:found] + CODE * (end + 1 - found) + text[end + 1 :]
        found = end + 1
    return text


def _paragraphs(lines: list[tuple[int, str, str]]) -> Iterator[list[tuple[int, str, str]]]:
    part: list[tuple[int, str, str]] = []
    for line in lines:
        if line[2].strip():
            part.append(line)
        elif part:
            yield part
            part = []
    if part:
        yield part


def _texts(source: str) -> Iterator[Passage]:
    """The strings among the arguments of exceptions and log calls. Strings that are added become one."""
    calls: list[str] = []
    word = ""
    text, line = "", 0
    for token in _TOKEN.finditer(source):
        kind = token.lastgroup
        if kind == "string" and any(_MESSAGE.fullmatch(call) for call in calls):
            line = line or source.count("\n", 0, token.start()) + 1
            text += token.group().strip('"').replace("\\n", "\n").replace('\\"', '"')
        elif text and (kind == "close" or token.group() in ",;"):
            yield from _text(text, line)
            text, line = "", 0
        elif text and kind == "word":
            text += CODE
        if kind == "open":
            calls.append(word)
        elif kind == "close" and calls:
            calls.pop()
        word = token.group() if kind == "word" else ""
    yield from _text(text, line)


def _text(text: str, line: int) -> Iterator[Passage]:
    if len(text.split()) > 1:
        yield Passage(text, _FIELD.sub(coded, markdown.mask(text)), (line,))
