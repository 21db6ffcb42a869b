# SPDX-License-Identifier: MIT
"""The tree's C files: read, cut into top-level items, and their declarations put into scopes.

What headers declare is seen everywhere, what a .c file declares only there. Bodies of functions are not looked into here: each
is kept as a Body, with the scope its code sees, for those who want to read it. Macros are expanded; a body is expanded only when
somebody wants it.
"""
import os

from c_expressions import expression_type
from c_tokens import Text, closing, expand
from c_types import Declarations, NotUnderstood, Scope


class Body:
    """A function's body or a variable's initialiser: the tokens, expanded; the scope of the function's parameters; the type of the
    function or variable; whom to tell of structures."""

    def __init__(self, path, tokens, scope, made, on_struct):
        self.path, self.tokens, self.scope, self.made, self.on_struct = path, tokens, scope, made, on_struct


class Tree:
    """@wanted(tokens, macros) says of an item's raw tokens whether its code is to be kept; @on_struct(path, tag, line, members) hears
    of each structure that is defined."""

    def __init__(self, wanted, on_struct):
        self.wanted, self.on_struct = wanted, on_struct
        self.scope, self.macros, self.bodies, self.errors = Scope(), {}, [], []

    def load(self, texts):
        """Reads the Texts: headers first, what they include before them."""
        by_path = {text.path: text for text in texts}
        headers = []
        for text in texts:
            if text.path.endswith(".h"):
                self.in_order(text, by_path, headers, set())
                for _, name, macro in text.macros:
                    if macro:
                        self.macros.setdefault(name, macro)
        for text in headers:
            self.declare(text, self.scope)
        for text in texts:
            if not text.path.endswith(".h"):
                self.declare(text, Scope(self.scope))

    def in_order(self, text, by_path, done, under_way):
        if text in done or text.path in under_way:
            return
        under_way.add(text.path)
        for name in text.includes:
            other = by_path.get(name) or by_path.get(os.path.join(os.path.dirname(text.path), name))
            if other and other.path.endswith(".h"):
                self.in_order(other, by_path, done, under_way)
        done.append(text)

    def lookup(self, text, end):
        """The macros defined before the file's token at end. Of two definitions in one file, the branches of an #if, the first counts."""
        own = {}
        for at, name, macro in text.macros:
            if at >= end:
                break
            if macro is None:
                own.pop(name, None)
            else:
                own.setdefault(name, macro)
        return lambda name: own.get(name) or self.macros.get(name)

    def declare(self, text, scope):
        for start, end in items(text.tokens):
            raw = text.tokens[start:end]
            lookup = self.lookup(text, end)
            keep = self.wanted(raw, lookup)
            if not keep and raw[-1][0] == "}":
                body = body_start(raw)
                raw = raw[:body] + [raw[body], raw[-1]]
            try:
                self.item(text.path, expand(raw, lookup), scope, keep)
            except NotUnderstood as error:
                self.errors.append((text.path, error.token[1], f"this declaration cannot be read, at '{error}'"))

    def item(self, path, tokens, scope, keep):
        def on_struct(*struct):
            self.on_struct(path, *struct)

        reader = Declarations(tokens, expression_type, on_struct)
        i = 0
        while i < len(tokens):
            word = reader.text(i)
            if word == ";":
                i += 1
                continue
            if word in ("_Static_assert", "asm", "__asm__"):
                i = closing(tokens, i + 1) + 1
                continue
            found = reader.declaration(i, scope)
            if found is None:
                raise NotUnderstood(tokens[i])
            names, i = found
            for _, made, start, _ in names:
                if start and keep:
                    self.bodies.append(Body(path, tokens[start:reader.behind_initialiser(start)], scope, made, on_struct))
            if reader.text(i) == "{":
                end = closing(tokens, i)
                if end is None or not names:
                    raise NotUnderstood(tokens[i])
                if keep:
                    _, made, _, params = names[-1]
                    inner = Scope(scope)
                    reader.parameters(params, inner)
                    self.bodies.append(Body(path, tokens[i:end + 1], inner, made, on_struct))
                i = end
            i += 1


def body_start(tokens):
    """Where the brace opens that closes at the end of the item."""
    depth = 0
    for i in range(len(tokens) - 1, -1, -1):
        depth += (tokens[i][0] in (")", "]", "}")) - (tokens[i][0] in ("(", "[", "{"))
        if not depth:
            return i
    raise NotUnderstood(tokens[-1])


def items(tokens):
    """Yield (start, end) of each top-level item: up to a semicolon, or to the end of a function's body, whose brace stands behind a
    parenthesis."""
    start = i = 0
    while i < len(tokens):
        text = tokens[i][0]
        if text in ("(", "[", "{"):
            end = closing(tokens, i)
            if end is None:
                break
            function = text == "{" and i > start and tokens[i - 1][0] == ")"
            i = end + 1
            if function:
                yield start, i
                start = i
            continue
        i += 1
        if text == ";":
            yield start, i
            start = i
    if start < len(tokens):
        yield start, len(tokens)
