"""Prose of Python sources: docstrings, comments, and the strings of exceptions and log calls."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator

from tests.wording import markdown
from tests.wording.markdown import Line
from tests.wording.passage import CODE, Passage, coded

_DIRECTIVE = re.compile(r"#!|#\s*(?:type:|noqa|ruff:|mypy:|pragma|fmt:|-{3,})")
_LOG_METHODS = {"debug", "info", "warning", "warn", "error", "exception", "critical"}
_FIELD = re.compile(r"%\(\w+\)s|%[sdr]|\{\w*\}")


def blocks(source: str) -> Iterator[list[Line]]:
    """The lines of each docstring and of each comment."""
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        for text in _docstrings(node):
            yield _inside_quotes(lines[text.lineno - 1 : text.end_lineno], text.lineno)
    yield from _comments(source)


def passages(source: str) -> Iterator[Passage]:
    """All prose of one file."""
    for block in blocks(source):
        yield from markdown.passages(block)
    texts: dict[tuple[int, int], ast.expr] = {}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Raise) and node.exc is not None:
            texts |= _texts(node.exc)
        elif isinstance(node, ast.Call) and _is_message(node):
            texts |= _texts(node)
    for (line, _), node in sorted(texts.items(), key=lambda item: item[0]):
        text = _text(node) or ""
        yield Passage(text, _FIELD.sub(coded, markdown.mask(text)), (line,))


def _docstrings(node: ast.AST) -> Iterator[ast.Constant]:
    """Strings that stand alone: of modules, classes and functions, and behind attributes."""
    for statement in getattr(node, "body", None) or () if not isinstance(node, ast.Lambda | ast.IfExp) else ():
        match statement:
            case ast.Expr(value=ast.Constant(value=str()) as text):
                yield text


def _inside_quotes(lines: list[str], first: int) -> list[Line]:
    lines = list(lines)
    opening = re.match(r"\s*[rRbBuU]*(\"\"\"|'''|\"|')", lines[0])
    assert opening, lines[0]
    lines[0] = lines[0][opening.end() :]
    lines[-1] = lines[-1].rstrip().removesuffix(opening.group(1))
    rest = [len(text) - len(text.lstrip()) for text in lines[1:] if text.strip()]
    margin = min(rest, default=0)
    return [(first + i, text if i == 0 else text[margin:]) for i, text in enumerate(lines)]


def _comments(source: str) -> Iterator[list[Line]]:
    block: list[Line] = []
    column = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or _DIRECTIVE.match(token.string):
            continue
        number, at = token.start
        alone = not token.line[:at].strip()
        if block and not (alone and at == column and number == block[-1][0] + 1):
            yield block
            block = []
        block.append((number, token.string.lstrip("#").removeprefix(":").removeprefix(" ")))
        column = at if alone else -1
    if block:
        yield block


def _is_message(call: ast.Call) -> bool:
    match call.func:
        case ast.Attribute(attr=name):
            return name in _LOG_METHODS
        case ast.Name(id=name):
            return name.endswith(("Error", "Exception", "Warning"))
    return False


def _texts(node: ast.expr) -> dict[tuple[int, int], ast.expr]:
    """The strings of several words among the arguments of a call, by their places."""
    match node:
        case ast.Call(args=positional, keywords=named):
            inside = [_texts(argument) for argument in [*positional, *(keyword.value for keyword in named)]]
        case ast.IfExp(body=one, orelse=other):
            inside = [_texts(one), _texts(other)]
        case _ if len((_text(node) or "").split()) > 1:
            inside = [{(node.lineno, node.col_offset): node}]
        case _:
            inside = []
    return {place: text for texts in inside for place, text in texts.items()}


def _text(node: ast.expr) -> str | None:
    """The string that an expression makes; a value that is put into it becomes one word."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else CODE for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = _text(left), _text(right)
            return None if texts == (None, None) else "".join(CODE if text is None else text for text in texts)
    return None
