# SPDX-License-Identifier: MIT
"""What tests show of a run's console."""


def tail(text, lines=12):
    """The last lines, indented, for a failure's report."""
    return "\n".join("    | " + line for line in text.strip().splitlines()[-lines:])
