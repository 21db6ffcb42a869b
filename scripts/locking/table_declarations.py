# SPDX-License-Identifier: MIT
"""Only the page declares operations: no table's structure is written by hand, and the structures that hold operations beside data of
their own take them from the generated macro and have no other function pointer."""
import headers


class TableDeclarations:
    """struct() hears of each structure as it is read; what is wrong goes to errors as (path, line, words)."""

    def __init__(self, tables, generated, errors):
        self.tables, self.generated, self.errors = tables, generated, errors

    def struct(self, path, tag, line, members):
        if tag not in self.tables or path in self.generated:
            return
        macro = headers.EMBEDDED.get(tag)
        if macro is None:
            self.errors.append((path, line, f"struct {tag} is declared by fs/locking.rst, not by hand; include gen/{tag}.h"))
            return
        taken = {token[0] for _, token in members.values() if token[2] == macro}
        if not taken:
            self.errors.append((path, line, f"struct {tag} does not take its operations from {macro} (gen/{tag}.h)"))
        for name, (made, token) in members.items():
            if "()" in made.around and token[2] != macro:
                self.errors.append((path, token[1], f"struct {tag}: the function pointer {name} has no row in fs/locking.rst, "
                                    f"section {tag}"))

    def macros(self, texts):
        """The generated macros are not defined anew."""
        for text in texts:
            for _, name, macro in text.macros:
                if macro and name in headers.EMBEDDED.values():
                    self.errors.append((text.path, macro.line, f"{name} is defined by fs/locking.rst, not by hand"))
