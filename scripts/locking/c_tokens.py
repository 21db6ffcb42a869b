# SPDX-License-Identifier: MIT
"""C text into tokens, and macros expanded: what a preprocessor does. Of the conditions only those are decided that name nothing but
what KNOWN or the caller knows; of any other #if both branches are read.

A token is a tuple (text, line, macro): macro names the outermost macro it came out of, or is None. Expansion puts the line of
the place where the macro is used on all its tokens, so that errors name that place.
"""
import re

COMMENT = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|(/\*.*?\*/|//[^\n]*)', re.S)
TOKEN = re.compile(r'''
    (?P<newline>\n) | (?P<directive>(?<![^\n])[ \t]*\#(?:\\\n|[^\n])*)
  | (?P<space>[ \t\r\f\v]+|\\\n)
  | (?P<text>[A-Za-z_]\w* | \.?\d(?:[eEpP][+-]|[\w.])* | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*'
    | -> | \.\.\. | <<= | >>= | \#\# | \+\+ | -- | && | \|\| | [-+*/%&|^<>=!]= | << | >> | .)
''', re.X)
DEFINE = re.compile(r"[ \t]*#[ \t]*define[ \t]+(\w+)(\(([^)]*)\))?(.*)", re.S)
UNDEF = re.compile(r"[ \t]*#[ \t]*undef[ \t]+(\w+)")
INCLUDE = re.compile(r'[ \t]*#[ \t]*include[ \t]+"([^"]+)"')
CONDITION = re.compile(r"[ \t]*#[ \t]*(if|ifdef|ifndef|elif|else|endif)\b(.*)", re.S)
KNOWN = {"__ASSEMBLER__": 0}     # not defined, which counts as 0


def is_name(text):
    return text[0].isalpha() or text[0] == "_"


class Macro:
    """params is None for a macro without parentheses; rest is the name of the variable part."""

    def __init__(self, name, params, body, line):
        self.name, self.body, self.line, self.params, self.rest = name, body, line, params, None
        if params and params[-1].endswith("..."):
            self.rest = params[-1][:-3] or "__VA_ARGS__"
            params[-1] = self.rest


class Text:
    """One file: its tokens, its macros in order as (position, name, Macro or None for #undef), the files it includes. @known gives
    the numbers that names stand for in conditions."""

    def __init__(self, path, text, known):
        self.path, self.tokens, self.macros, self.includes = path, [], [], []
        self.known, self.branches = {**KNOWN, **known}, []
        # A comment may lie in a macro over several lines: its line ends are continued ones.
        text = COMMENT.sub(lambda m: re.sub(r"[^\n]", " ", m[1]).replace("\n", "\\\n") if m[1] else m[0], text)
        for what, token, line in split(text):
            if what == "text":
                if False not in self.branches:
                    self.tokens.append((token, line, None))
            elif CONDITION.match(token):
                self.condition(*CONDITION.match(token).groups())
            elif False not in self.branches:
                self.directive(token, line)

    def condition(self, word, rest):
        """Each #if that is open has an entry in branches: True or False, or None when both branches are to be read."""
        match = re.fullmatch(r"\s*(!?)\s*(\w+)\s*", rest)
        value = self.known.get(match[2]) if match else None
        if value is not None and (word == "ifndef") != bool(match[1]):
            value = not value
        if word == "endif":
            self.branches.pop()
        elif word == "elif":
            self.branches[-1] = None
        elif word == "else":
            last = self.branches.pop()
            self.branches.append(None if last is None else not last)
        else:
            self.branches.append(None if value is None else bool(value))

    def directive(self, text, line):
        include, undef, define = INCLUDE.match(text), UNDEF.match(text), DEFINE.match(text)
        if include:
            self.includes.append(include[1])
        elif undef:
            self.macros.append((len(self.tokens), undef[1], None))
        elif define:
            params = None
            if define[2]:
                params = [p.strip() for p in define[3].replace("\\\n", " ").split(",") if p.strip()]
            start = line + text.count("\n", 0, define.start(4))
            body = [(token, at, None) for what, token, at in split(define[4], start) if what == "text"]
            self.macros.append((len(self.tokens), define[1], Macro(define[1], params, body, line)))


def split(text, line=1):
    for match in TOKEN.finditer(text):
        what = match.lastgroup
        if what in ("text", "directive"):
            yield what, match[0], line
        line += match[0].count("\n") if what != "text" else 0


def closing(tokens, i, end=None):
    """The position of the bracket that closes the one at i; None when it is not closed."""
    depth = 0
    for j in range(i, len(tokens) if end is None else end):
        if tokens[j][0] in "([{":
            depth += 1
        elif tokens[j][0] in ")]}":
            depth -= 1
            if not depth:
                return j
    return None


def opening(tokens, i):
    depth = 0
    for j in range(i, -1, -1):
        if tokens[j][0] in ")]}":
            depth += 1
        elif tokens[j][0] in "([{":
            depth -= 1
            if not depth:
                return j
    return None


def arguments(tokens, i):
    """The arguments of a call whose parenthesis opens at i, and the position behind it; (None, i) when it does not close."""
    depth, args, current = 0, [], []
    for j in range(i, len(tokens)):
        text = tokens[j][0]
        if text == ")" and depth == 1:
            return args + [current] if args or current else [], j + 1
        if text == "," and depth == 1:
            args.append(current)
            current = []
        elif depth:
            current.append(tokens[j])
        depth += (text == "(") - (text == ")")
    return None, i


def substitute(macro, args, line, name):
    """The macro's body with its arguments in it: raw where # or ## touches them, else as pairs (argument, None) to be expanded."""
    values = dict(zip(macro.params, args))
    if macro.rest:
        tail = []
        for arg in args[len(macro.params) - 1:]:
            tail += ([(",", line, name)] if tail else []) + arg
        values[macro.rest] = tail
    out, body, i = [], macro.body, 0
    while i < len(body):
        text = body[i][0]
        if text == "#" and i + 1 < len(body) and body[i + 1][0] in values:
            out.append(('""', line, name))
            i += 2
        elif text == "##" and i + 1 < len(body):
            right = values.get(body[i + 1][0], [(body[i + 1][0], line, name)])
            paste(out, [(t[0], line, name) for t in right], line, name)
            i += 2
        elif text in values:
            pasted = i + 1 < len(body) and body[i + 1][0] == "##"
            out += [(t[0], line, name) for t in values[text]] if pasted else [(text, line, None)]
            i += 1
        else:
            out.append((text, line, name))
            i += 1
    return out, values


def paste(out, right, line, name):
    if not right:
        if out and out[-1][0] == ",":
            out.pop()
    elif not out or out[-1][0] == ",":
        out += right
    else:
        out[-1] = (out[-1][0] + right[0][0], line, name)
        out += right[1:]


def expand(tokens, lookup, active=frozenset()):
    """tokens with every macro expanded; lookup(name) gives a Macro or None."""
    out, i, tokens = [], 0, list(tokens)
    while i < len(tokens):
        text, line, origin = tokens[i]
        macro = lookup(text) if is_name(text) and text not in active else None
        if macro is None:
            out.append(tokens[i])
            i += 1
            continue
        name = origin or text
        if macro.params is None:
            result, behind = [(t[0], line, name) for t in macro.body], i + 1
        else:
            args, behind = arguments(tokens, i + 1) if i + 1 < len(tokens) and tokens[i + 1][0] == "(" else (None, i)
            if args is None:
                out.append(tokens[i])
                i += 1
                continue
            result = []
            body, values = substitute(macro, args, line, name)
            for token in body:
                if token[2] is None and token[0] in values:
                    result += [(t[0], line, t[2] or name) for t in expand(values[token[0]], lookup, active)]
                else:
                    result.append(token)
        result = expand(result, lookup, active | {text})
        # A macro's name that came out last takes its arguments from what follows.
        if result and behind < len(tokens) and tokens[behind][0] == "(" and is_name(result[-1][0]) and result[-1][0] != text:
            tokens[behind - 1] = result.pop()
            behind -= 1
        out += result
        i = behind
    return out
