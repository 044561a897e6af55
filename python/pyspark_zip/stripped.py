"""Source code without the half of it that only people read. Each line of code keeps its number."""

import ast
import io
import tokenize
from collections.abc import Iterator

_Place = tuple[int, int]
_NOT_CODE = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def stripped(source: str) -> str:
    """The same code, without comments, docstrings and the annotations in functions.

    One space is each level of indentation.
    """
    lines = source.split("\n")
    for (first, start), (last, end), text in sorted(
        [*_docstrings(source, lines), *_annotations(source, lines), *_comments(source)], reverse=True
    ):
        kept = f"{lines[first - 1][:start]}{text}{lines[last - 1][end:]}"
        lines[first - 1 : last] = [kept.rstrip(), *[""] * (last - first)]
    for line, column, depth in [*_beginnings("\n".join(lines))]:
        lines[line - 1] = " " * depth + lines[line - 1][column:]
    return "\n".join(lines)


def _docstrings(source: str, lines: list[str]) -> Iterator[tuple[_Place, _Place, str]]:
    """Each string that is a statement, also below an attribute."""
    tree = ast.parse(source)
    bodies = (getattr(node, "body", None) for node in ast.walk(tree))
    alone = {body[0] for body in bodies if isinstance(body, list) and len(body) == 1}
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield (
                (node.lineno, _characters(lines[node.lineno - 1], node.col_offset)),
                _end(node.value, lines),
                '""' if node in alone else "",  # A class may consist of its docstring.
            )


def _annotations(source: str, lines: list[str]) -> Iterator[tuple[_Place, _Place, str]]:
    """The types of parameters, results and variables of functions, which no code of a job reads."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.arg) and node.annotation is not None:
            start = node.lineno, _characters(lines[node.lineno - 1], node.col_offset) + len(node.arg)
            yield start, _end(node.annotation, lines), ""
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            line = lines[node.returns.lineno - 1]
            arrow = line.rfind("->", 0, _characters(line, node.returns.col_offset))
            if arrow >= 0:  # Else it is in parentheses, on lines of its own.
                yield (node.returns.lineno, len(line[:arrow].rstrip())), _end(node.returns, lines), ""
        if isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, ast.AnnAssign) and inner.value is not None and _is_own(inner, node):
                    yield _end(inner.target, lines), _end(inner.annotation, lines), ""


def _is_own(inner: ast.AnnAssign, function: ast.FunctionDef) -> bool:
    """Whether a variable is one of this function, and not one of a class or function in it."""
    waiting: list[ast.AST] = [*function.body]
    while waiting:
        node = waiting.pop()
        if node is inner:
            return True
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            waiting += ast.iter_child_nodes(node)
    return False


def _end(node: ast.expr, lines: list[str]) -> _Place:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return node.end_lineno, _characters(lines[node.end_lineno - 1], node.end_col_offset)


def _comments(source: str) -> Iterator[tuple[_Place, _Place, str]]:
    for token in _tokens(source):
        if token.type == tokenize.COMMENT:
            yield token.start, token.end, ""


def _beginnings(source: str) -> Iterator[tuple[int, int, int]]:
    """Line, column and depth of the first token of each line, other than the lines inside a string."""
    depth, last_line = 0, 0
    for token in _tokens(source):
        depth += (token.type == tokenize.INDENT) - (token.type == tokenize.DEDENT)
        if token.type not in _NOT_CODE:
            if token.start[0] > last_line:
                yield (*token.start, depth)
            last_line = token.end[0]


def _tokens(source: str) -> Iterator[tokenize.TokenInfo]:
    return tokenize.generate_tokens(io.StringIO(source).readline)


def _characters(line: str, count_of_bytes: int) -> int:
    """The places of `ast` count bytes of UTF-8."""
    return len(line.encode()[:count_of_bytes].decode())
