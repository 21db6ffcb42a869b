# SPDX-License-Identifier: MIT
"""What code does with the pointers of an operation table: every `->op` and `.op` in a function, with the type before it.

Allowed is to test a pointer (if, !, &&, ||, ?, comparison, into a bool), to store into it without a cast, and to copy a whole table.
Calling it is the wrapper's business alone. Loading it (into a variable, an argument, a cast, its address) is refused too: nobody
could follow where it is called then. Where the type before an operation's name cannot be told, that is an error as well, so that
nothing slips through for want of understanding.
"""
from c_expressions import ASSIGNMENTS, cast_before, ends_operand, expression_type, pointee, start_of_postfix, types
from c_tokens import closing, opening
from c_types import TYPEOF, UNKNOWN, Declarations, Scope

UNEVALUATED = TYPEOF | {"sizeof", "__alignof__", "_Alignof"}
TRUTH = {"==", "!=", "&&", "||"}


class Uses:
    """Walks one Body. @operation(struct, member) gives the operation of a table or None; @names holds all operations' names;
    @report(token, operation or None, words) is told of what is refused."""

    def __init__(self, body, names, operation, report):
        self.t, self.made, self.scope = body.tokens + [(";", body.tokens[-1][1], None)], body.made, body.scope
        self.names, self.operation, self.report = names, operation, report
        self.reader = Declarations(body.tokens, expression_type, body.on_struct)
        self.values = {}        # where an initialiser stands: the type of what it initialises
        self.open = []          # for each open bracket: ("(", "[", "for", "block", "struct" or the type that an initialiser is for; outer scope)
        self.designators = set()    # positions of the dots of `.member =`
        self.ends = []          # (position, scope): where the scope of a for's variable ends, and which is its outer one
        self.function = body.made.around[:1] == ("()",)
        if not self.function:
            self.values[0] = body.made

    def walk(self):
        for i, (text, _, _) in enumerate(self.t[:-1]):
            while self.ends and i > self.ends[-1][0]:
                self.scope = self.ends.pop()[1]
            if self.at_statement(i) and self.reader.starts_type(i, self.scope):
                self.declare(i)
            if text in ("(", "[", "{"):
                self.opened(i, text)
            elif text in (")", "]", "}") and self.open:
                self.scope = self.open.pop()[1]
            elif text in ("->", ".") and not self.designator(i):
                if self.t[i + 1][0] in self.names:
                    self.access(i)

    def at_statement(self, i):
        if not self.open:
            return False
        inside, before = self.open[-1][0], self.t[i - 1][0]
        return (inside == "block" and before in ("{", "}", ";", ":", ")", "else", "do")) or (inside == "for" and before == "(")

    def declare(self, i):
        found = self.reader.declaration(i, self.scope)
        for _, made, start, _ in found[0] if found else ():
            if start is not None:
                self.values[start] = made

    def opened(self, i, text):
        outer, before = self.scope, self.t[i - 1][0] if i else ""
        kind = text
        if text == "{":
            declared = {before, self.t[i - 2][0] if i > 1 else ""} & {"struct", "union", "enum"}
            kind = self.values.get(i) or ("struct" if declared else self.element(i) or "block")
            if kind == "block":
                self.scope = Scope(outer)
        elif text == "(" and before == "for":
            kind = "for"
            if self.reader.starts_type(i + 1, outer):
                self.scope = Scope(outer)
                self.ends.append((self.statement_end(closing(self.t, i) + 1), outer))
                outer = self.scope
        self.open.append((kind, outer))

    def element(self, i):
        """The type that the brace at i, which no name and no declaration stands before, initialises; None for a block."""
        before = self.t[i - 1][0]
        if before == ")":                # a compound literal
            return types(self.t[opening(self.t, i - 1) + 1:i - 1], self.scope)
        inside = self.open[-1][0] if self.open else None
        if before in ("{", ",", "=") and not isinstance(inside, str) and inside is not None:
            return pointee(inside) if inside.around[:1] == ("[]",) else UNKNOWN
        return None

    def statement_end(self, i):
        """The position of the last token of the statement that starts at i."""
        text = self.t[i][0]
        if text == "{":
            return closing(self.t, i)
        if text in ("if", "for", "while", "switch"):
            end = self.statement_end(closing(self.t, i + 1) + 1)
            return self.statement_end(end + 2) if text == "if" and self.t[end + 1][0] == "else" else end
        while self.t[i][0] != ";" and i < len(self.t) - 1:
            i = closing(self.t, i) + 1 if self.t[i][0] in ("(", "[", "{") else i + 1
        return i

    def designator(self, i):
        """Is the `.` at i one of `.member = value` or `[2].member.part = value`? Then remembers what the value initialises."""
        if i in self.designators:
            return True
        inside = self.open[-1][0] if self.open else None
        before = self.t[i - 1][0]
        if self.t[i][0] != "." or inside is None or isinstance(inside, str):
            return False
        if before == "]":
            start = opening(self.t, i - 1)
            if self.t[start - 1][0] not in ("{", ","):
                return False
            inside = pointee(inside)
        elif before not in ("{", ","):
            return False
        struct, made = None, inside
        while self.t[i][0] in (".", "["):
            if self.t[i][0] == ".":
                self.designators.add(i)
                struct, made = made, (self.scope.members(made.base) or {}).get(self.t[i + 1][0], UNKNOWN)
                i += 2
            else:
                struct, made, i = None, pointee(made), closing(self.t, i) + 1
        if self.t[i][0] == "=":
            self.values[i + 1] = made
            operation = self.operation(struct.base, self.t[i - 1][0]) if struct else None
            if operation and self.is_cast(i + 1):
                self.report(self.t[i - 1], operation, "is initialised through a cast, which hides a wrong prototype")
        return True

    def is_cast(self, i):
        """Does the value at i start with a cast, other than a null pointer's?"""
        while self.t[i][0] == "(":
            end = closing(self.t, i)
            if end is None:
                return False
            if types(self.t[i + 1:end], self.scope):
                return self.t[end + 1][0] != "0"
            i += 1
        return False

    def access(self, i):
        """An operation's name behind the -> or . at i."""
        start = start_of_postfix(self.t, i - 1) if ends_operand(self.t, i - 1) else None
        made = expression_type(self.t[start:i], self.scope) if start is not None else UNKNOWN
        if self.t[i][0] == "->":
            made = pointee(made)
        if made.base is None:
            words = "".join(text for text, _, _ in self.t[start if start is not None else i:i])
            self.report(self.t[i + 1], None, f"the type of '{words}' cannot be told, so neither what "
                        f"'{self.t[i + 1][0]}' is; declare it plainly")
            return
        operation = self.operation(made.base, self.t[i + 1][0]) if not made.around else None
        words = self.use(start, i + 1) if operation else None
        if words:
            self.report(self.t[i + 1], operation, words)

    def use(self, start, end):
        """What is done with the pointer that tokens start to end are: None when it is allowed, else words."""
        while True:
            before, after = self.t[start - 1][0], self.t[end + 1][0]
            if before == "(" and after == ")":
                prior = self.t[start - 2][0]
                if prior in ("if", "while") or prior in UNEVALUATED:
                    return None
                if ends_operand(self.t, start - 2) and not cast_before(self.t, start - 2, self.scope):
                    return "is passed on"
                start, end = start - 1, end + 1
            elif before == "*" and not self.binary(start - 1):
                start -= 1
            else:
                break
        if after == "(":
            return "is called through a pointer"
        if after == "=":
            return "is stored through a cast, which hides a wrong prototype" if self.is_cast(end + 2) else None
        if after in ASSIGNMENTS or after in ("++", "--") or before in ("++", "--"):
            return "is changed"
        if before == "&" and not self.binary(start - 1):
            return "has its address taken"
        if before == "!" or before in TRUTH or after in TRUTH:
            return None
        if after == "?":
            return "is loaded" if self.t[end + 2][0] == ":" else None
        if before == ";" and after == ";" and self.open and self.open[-1][0] == "for":
            return None
        return None if self.into_bool(start) else "is loaded"

    def binary(self, i):
        return ends_operand(self.t, i - 1) and not cast_before(self.t, i - 1, self.scope)

    def into_bool(self, start):
        before, made = self.t[start - 1][0], self.values.get(start, UNKNOWN)
        if before == "return":
            return self.function and self.made.base == "bool" and self.made.around == ("()",)
        if before == "=" and made is UNKNOWN:
            left = start_of_postfix(self.t, start - 2)
            made = expression_type(self.t[left:start - 1], self.scope) if left is not None else UNKNOWN
        return made.base == "bool" and not made.around


def touched(names, tables):
    """wanted() for a Tree: is there an access to something called like an operation, or a table declared, in the tokens or in a macro
    they use?"""
    known = {}

    def member(tokens, i, params, lookup):
        if tokens[i][0] not in ("->", ".") or i + 1 >= len(tokens):
            return False
        name = tokens[i + 1][0]
        return name in names or name in params or lookup(name) is not None or (i + 2 < len(tokens) and tokens[i + 2][0] == "##")

    def macro_touches(macro, lookup):
        if macro not in known:
            known[macro] = False         # while its body is looked at: a macro is not expanded in itself
            known[macro] = code_touches(macro.body, macro.params or (), lookup)
        return known[macro]

    def code_touches(tokens, params, lookup):
        for i, (text, _, _) in enumerate(tokens):
            if member(tokens, i, params, lookup):
                return True
            if text in tables and tokens[i - 1][0] == "struct" and i + 1 < len(tokens):
                behind = tokens[i + 1][0]
                if behind in ("{", "__attribute__") or lookup(behind):
                    return True
            macro = lookup(text)
            if macro and macro_touches(macro, lookup):
                return True
        return False

    return lambda tokens, lookup: code_touches(tokens, (), lookup)
