# SPDX-License-Identifier: MIT
"""C declarations: which names stand for what type.

A type is its base ("struct inode", "bool", "int"; None when it cannot be told) and what is wrapped around the base, the outermost
first: "*" a pointer, "[]" an array, "()" a function. Qualifiers and attributes are passed over.
"""
import itertools
from collections import namedtuple

from c_tokens import closing, is_name

Type = namedtuple("Type", "base around")
UNKNOWN = Type(None, ())
INT = Type("int", ())
UNNAMED = itertools.count(1)

SKIPPED = {"const", "volatile", "restrict", "__restrict", "static", "extern", "inline", "__inline", "__inline__", "register",
           "_Noreturn", "__extension__", "_Thread_local", "__thread", "auto", "_Atomic", "__volatile__", "__const"}
ATTRIBUTES = {"__attribute__", "__attribute", "_Alignas", "__asm__", "asm"}
BASIC = {"void", "char", "short", "int", "long", "float", "double", "signed", "unsigned", "__int128", "__builtin_va_list",
         "__signed__", "_Bool", "bool", "__SIZE_TYPE__", "__PTRDIFF_TYPE__"}
TYPEOF = {"typeof", "__typeof__", "__typeof"}
OTHER_KEYWORDS = {"if", "else", "while", "for", "do", "switch", "case", "default", "return", "goto", "break", "continue", "sizeof",
                  "_Generic", "__builtin_offsetof", "_Static_assert", "__alignof__", "_Alignof"}
TYPE_STARTS = SKIPPED | BASIC | TYPEOF | {"struct", "union", "enum", "typedef", "__attribute__", "__auto_type"}


class NotUnderstood(Exception):
    """A declaration that this parser cannot read; carries the token."""

    def __init__(self, token):
        super().__init__(token[0])
        self.token = token


class Scope:
    """Names, typedef names and structures; what is not here is in the parent."""

    def __init__(self, parent=None):
        self.parent, self.names, self.typedefs, self.structs = parent, {}, {}, {}

    def find(self, name):
        """("name" or "typedef", its type), or (None, None): the innermost meaning wins."""
        scope = self
        while scope:
            if name in scope.names:
                return "name", scope.names[name]
            if name in scope.typedefs:
                return "typedef", scope.typedefs[name]
            scope = scope.parent
        return None, None

    def is_type(self, name):
        return self.find(name)[0] == "typedef"

    def members(self, struct):
        scope = self
        while scope:
            if struct in scope.structs:
                return scope.structs[struct]
            scope = scope.parent
        return None


class Declarations:
    """Reads declarations at a position of a token list. @on_struct(tag, line, members) is told of each structure that is defined:
    members has for each name its type and token, those of structures without a tag inside it included."""

    def __init__(self, tokens, expression_type, on_struct=None):
        self.t, self.expression_type, self.on_struct = tokens + [(";", 0, None)] * 4, expression_type, on_struct
        self.inner = {}         # the members of the structures without a tag

    def text(self, i):
        return self.t[i][0] if i < len(self.t) else ";"

    def close(self, i):
        j = closing(self.t, i)
        if j is None:
            raise NotUnderstood(self.t[i])
        return j

    def starts_type(self, i, scope):
        text = self.text(i)
        return text in TYPE_STARTS or (is_name(text) and text not in OTHER_KEYWORDS and scope.is_type(text))

    def skip_attributes(self, i):
        while self.text(i) in SKIPPED or self.text(i) in ATTRIBUTES:
            i += 1
            if self.text(i) in SKIPPED:      # asm volatile
                continue
            if self.text(i - 1) in ATTRIBUTES:
                i = self.close(i) + 1
        return i

    # -- specifiers: const struct inode, unsigned long, typeof(x) --

    def specifiers(self, i, scope):
        """(type, position behind, is it a typedef); the type is None when there is none here."""
        base, is_typedef = None, False
        while True:
            i = self.skip_attributes(i)
            text = self.text(i)
            if text == "typedef":
                is_typedef = True
                i += 1
            elif text in ("struct", "union", "enum"):
                base, i = self.tagged(i, scope)
            elif text in TYPEOF:
                end = self.close(i + 1)
                base = self.type_or_expression(i + 2, end, scope)
                i = end + 1
            elif text == "__auto_type":
                base, i = Type("__auto_type", ()), i + 1
            elif text in BASIC:
                base = Type("bool" if text in ("bool", "_Bool") else "int" if text != "void" else "void", ())
                i += 1
            elif base is None and is_name(text) and text not in OTHER_KEYWORDS and scope.is_type(text):
                base, i = scope.find(text)[1], i + 1
            else:
                return base, i, is_typedef

    def tagged(self, i, scope):
        kind, tag, line = self.text(i), None, self.t[i][1]
        i = self.skip_attributes(i + 1)
        if is_name(self.text(i)):
            tag, i = self.text(i), i + 1
        i = self.skip_attributes(i)
        if kind == "enum":
            if self.text(i) == "{":
                i = self.close(i) + 1
            return INT, i
        name = f"struct {tag or f'<{next(UNNAMED)}>'}"
        if self.text(i) == "{":
            end = self.close(i)
            members = {}
            self.members(i + 1, end, scope, members)
            # Two definitions are two branches of an #if: what either has, it has.
            scope.structs.setdefault(name, {}).update({m: t for m, (t, _) in members.items()})
            if not tag:
                self.inner[name] = members
            elif self.on_struct:
                nested = {f"{m}.{n}": inner for m, (made, _) in members.items()
                          for n, inner in self.inner.get(made.base, {}).items()}
                self.on_struct(tag, line, {**members, **nested})
            i = end + 1
        return Type(name, ()), i

    def members(self, i, end, scope, members):
        """Fills members with name: (type, token)."""
        while i < end:
            if self.text(i) == ";":
                i += 1
                continue
            if self.text(i) == "_Static_assert":
                i = self.close(i + 1) + 1
                continue
            base, after, _ = self.specifiers(i, scope)
            if base is None:
                raise NotUnderstood(self.t[i])
            i = after
            if self.text(i) == ";":      # an anonymous structure or union: its members are the outer one's
                members.update(self.inner.get(base.base, {}))
                continue
            while self.text(i) != ";":
                name, mtype, i, _ = self.declarator(i, base, scope)
                if self.text(i) == ":":
                    while self.text(i) not in (",", ";"):
                        i += 1
                if name:
                    members[name[0]] = (mtype, name)
                i = self.skip_attributes(i)
                if self.text(i) == ",":
                    i += 1
                elif self.text(i) != ";":
                    raise NotUnderstood(self.t[i])

    # -- declarators: *x[4], (*fn)(int) --

    def declarator(self, i, base, scope):
        """(name token or None, type, position behind, position of the parameter list or None)."""
        around = base.around
        i = self.skip_attributes(i)
        while self.text(i) == "*":
            around = ("*",) + around
            i = self.skip_attributes(i + 1)
        inner, name, params = None, None, None
        if self.text(i) == "(" and self.nested(i + 1, scope):
            inner = i + 1
            i = self.close(i) + 1
        elif is_name(self.text(i)) and self.text(i) not in TYPE_STARTS:
            name, i = self.t[i], i + 1
        suffixes = []
        i = self.skip_attributes(i)
        while self.text(i) in ("[", "("):
            if self.text(i) == "(":
                params = i if not suffixes else params
                suffixes.append("()")
            else:
                suffixes.append("[]")
            i = self.skip_attributes(self.close(i) + 1)
        made = Type(base.base, tuple(suffixes) + around)
        if inner is None:
            return name, made, i, params
        name, made, _, inner_params = self.declarator(inner, made, scope)
        return name, made, i, inner_params if inner_params else params

    def nested(self, i, scope):
        """Does the parenthesis hold a declarator, not parameters?"""
        i = self.skip_attributes(i)
        text = self.text(i)
        if text in ("*", "(", "["):
            return True
        return is_name(text) and not self.starts_type(i, scope)

    def type_name(self, i, end, scope):
        """The type that tokens i to end are, or None when they are not exactly one."""
        if i >= end or not self.starts_type(i, scope):
            return None
        base, i, _ = self.specifiers(i, scope)
        if base is None or i > end:
            return None
        _, made, i, _ = self.declarator(i, base, scope) if i < end else (None, base, i, None)
        return made if i == end else None

    def type_or_expression(self, i, end, scope):
        made = self.type_name(i, end, scope)
        return made if made else self.expression_type(self.t[i:end], scope)

    # -- whole declarations --

    def declaration(self, i, scope):
        """Declares the names of the declaration at i in scope. Returns None when there is none, else (names and types with the
        position of each initialiser or None, position behind the last declarator or at a function's body)."""
        base, i, is_typedef = self.specifiers(i, scope)
        if base is None:
            return None
        found = []
        while self.text(i) not in (";", "{"):
            name, made, i, params = self.declarator(i, base, scope)
            i = self.skip_attributes(i)
            if name is None:
                raise NotUnderstood(self.t[i])
            start = None
            if self.text(i) == "=":
                start = i + 1
                i = self.behind_initialiser(i + 1)
                if made.base == "__auto_type":
                    made = self.expression_type(self.t[start:i], scope)
            (scope.typedefs if is_typedef else scope.names)[name[0]] = made
            found.append((name, made, start, params))
            if self.text(i) == ",":
                i += 1
            elif self.text(i) not in (";", "{"):
                raise NotUnderstood(self.t[i])
        return found, i

    def behind_initialiser(self, i):
        while self.text(i) not in (",", ";"):
            i = self.close(i) + 1 if self.text(i) in ("(", "[", "{") else i + 1
        return i

    def parameters(self, i, scope):
        """Declares a function's parameters, whose list opens at i, in scope."""
        end, i = self.close(i), i + 1
        while i < end:
            if self.text(i) in ("...", ","):
                i += 1
                continue
            base, i, _ = self.specifiers(i, scope)
            if base is None:
                raise NotUnderstood(self.t[i])
            name, made, i, _ = self.declarator(i, base, scope)
            if name:
                scope.names[name[0]] = made
