# SPDX-License-Identifier: MIT
"""The type of a C expression, as far as it is needed to tell what stands before a `->` or `.`; UNKNOWN where it cannot be told.

Operators are taken by precedence only where it decides the type: the result of a comparison is an int whatever its operands.
"""
from c_tokens import closing, is_name, opening
from c_types import INT, OTHER_KEYWORDS, TYPEOF, UNKNOWN, Declarations, NotUnderstood, Scope, Type

ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
TRUTHS = {"||", "&&", "==", "!=", "<", ">", "<=", ">="}
BINARY = {"+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>"}
NO_OPERAND = OTHER_KEYWORDS - {"default"}


def ends_operand(tokens, i):
    """Can the token at i be the end of an operand, so that an operator behind it is binary?"""
    if i < 0:
        return False
    text = tokens[i][0]
    return text in (")", "]", "}") or (text not in NO_OPERAND and (is_name(text) or text[0].isdigit() or text[0] in "\"'" or
                                                                    (text[0] == "." and len(text) > 1 and text != "...")))


def start_of_postfix(tokens, i):
    """Where the expression starts whose last token stands at i, taking [..], (..), -> and . backwards; None if it is none."""
    while True:
        text = tokens[i][0]
        if text in ("]", ")", "}"):
            i = opening(tokens, i)
            if i is None:
                return None
            if text == "}":              # a compound literal: (type){...}
                i = opening(tokens, i - 1) if i and tokens[i - 1][0] == ")" else None
                return i
            before = tokens[i - 1][0] if i else ";"
            if text == "]" or (is_name(before) and before not in NO_OPERAND) or before == "]":
                i -= 1
                continue
            if before == ")":            # (*f)(x)->m, or a cast before (x)->m, which binds less
                group = opening(tokens, i - 1)
                if group is not None and tokens[group + 1][0] in ("*", "("):
                    i -= 1
                    continue
        elif text in ("++", "--"):
            i -= 1
            continue
        elif not is_name(text) and text[0] not in "\"'":
            return None
        if i >= 2 and tokens[i - 1][0] in ("->", "."):
            i -= 2
            continue
        return i


def pointee(made):
    return Type(made.base, made.around[1:]) if made.around and made.around[0] in ("*", "[]") else \
        made if made.around and made.around[0] == "()" else UNKNOWN


def expression_type(tokens, scope):
    """The type of the expression that the tokens are."""
    if not tokens:
        return UNKNOWN
    where = {}
    depth = question = 0
    for i, (text, _, _) in enumerate(tokens):
        depth += (text in "([{") - (text in ")]}")
        if depth or text in ("(", "[", "{"):
            continue
        if text == "?":
            where.setdefault("?", i)
            question += 1
        elif text == ":" and question:
            question -= 1
            if not question:
                where.setdefault(":", i)
        elif text == ",":
            where[","] = i
        elif text in ASSIGNMENTS:
            where.setdefault("=", i)
        elif text in TRUTHS:
            where.setdefault("&&", i)
        elif text in BINARY and ends_operand(tokens, i - 1) and not cast_before(tokens, i - 1, scope):
            where["+" if text in "+-" else "*"] = i
    if "," in where:
        return expression_type(tokens[where[","] + 1:], scope)
    if "=" in where and ("?" not in where or where["="] < where["?"]):
        return expression_type(tokens[:where["="]], scope)
    if "?" in where and ":" in where:
        chosen = tokens[where["?"] + 1:where[":"]] or tokens[:where["?"]]
        made = expression_type(chosen, scope)
        vague = made.base is None or made.base == "void" or (made.base == "int" and not made.around)
        return expression_type(tokens[where[":"] + 1:], scope) if vague else made
    if "&&" in where:
        return INT
    if "+" in where:
        for part in (tokens[:where["+"]], tokens[where["+"] + 1:]):
            made = expression_type(part, scope)
            if made.around or made.base is None:
                return Type(made.base, ("*",) + made.around[1:]) if made.around[:1] == ("[]",) else made
        return INT
    return INT if "*" in where else unary_type(tokens, scope)


def cast_before(tokens, i, scope):
    """Is the parenthesis that closes at i a cast, so that what follows is unary?"""
    if tokens[i][0] != ")":
        return False
    start = opening(tokens, i)
    if start is None or (start and ends_operand(tokens, start - 1) and not cast_before(tokens, start - 1, scope)):
        return False
    return types(tokens[start + 1:i], scope) is not None


def types(tokens, scope):
    """The type that the tokens name, or None."""
    try:
        return Declarations(list(tokens), expression_type).type_name(0, len(tokens), scope) if tokens else None
    except NotUnderstood:
        return None


def unary_type(tokens, scope):
    text = tokens[0][0]
    if text == "&":
        made = expression_type(tokens[1:], scope)
        return Type(made.base, ("*",) + made.around) if made.base else UNKNOWN
    if text == "*":
        return pointee(expression_type(tokens[1:], scope))
    if text in ("!", "~", "-", "+", "sizeof", "__alignof__", "_Alignof"):
        return INT
    if text in ("++", "--", "__extension__"):
        return expression_type(tokens[1:], scope)
    if text == "(":
        end = closing(tokens, 0)
        if end is None:
            return UNKNOWN
        made = types(tokens[1:end], scope)
        if made and end + 1 < len(tokens):
            return postfix_type(made, tokens, closing(tokens, end + 1) + 1, scope) if tokens[end + 1][0] == "{" else made
        inner = block_type(tokens[1:end], scope) if tokens[1][0] == "{" else expression_type(tokens[1:end], scope)
        return postfix_type(inner, tokens, end + 1, scope)
    if is_name(text):
        if text.startswith("__builtin_"):
            return builtin_type(text, tokens, scope)
        kind, made = scope.find(text)
        return postfix_type(made if kind == "name" else UNKNOWN, tokens, 1, scope)
    return Type("char", ("*",)) if text[0] == '"' else INT


def builtin_type(name, tokens, scope):
    if name in ("__builtin_return_address", "__builtin_frame_address"):
        return Type("void", ("*",))
    return INT


def postfix_type(made, tokens, i, scope):
    while i < len(tokens) and made.base is not None:
        text = tokens[i][0]
        if text in ("->", "."):
            if text == "->":
                made = pointee(made)
            members = None if made.around else scope.members(made.base)
            made = (members or {}).get(tokens[i + 1][0], UNKNOWN)
            i += 2
        elif text == "[":
            made, i = pointee(made), (closing(tokens, i) or len(tokens)) + 1
        elif text == "(":
            around = made.around[1:] if made.around[:2] == ("*", "()") else made.around
            made = Type(made.base, around[1:]) if around[:1] == ("()",) else UNKNOWN
            i = (closing(tokens, i) or len(tokens)) + 1
        elif text in ("++", "--"):
            i += 1
        else:
            return UNKNOWN
    return made


def block_type(tokens, scope):
    """The type of ({ ...; x; }): of its last expression, with the declarations before it."""
    end = closing(tokens, 0)
    inner, reader = Scope(scope), Declarations(list(tokens[1:end]), expression_type)
    i, last = 0, []
    body = tokens[1:end]
    while i < len(body):
        if body[i][0] in (";", "}"):
            i += 1
            continue
        if reader.starts_type(i, inner):
            found = reader.declaration(i, inner)
            if found:
                i = found[1] + 1
                continue
        start = i
        while i < len(body) and body[i][0] != ";":
            i = (closing(body, i) or len(body)) + 1 if body[i][0] in ("(", "[", "{") else i + 1
        last = body[start:i]
    return expression_type(last, inner)
