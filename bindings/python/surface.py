"""Prints the public surface of some Python sources, a line for each declaration."""

import ast
import sys

MACHINERY = ("_", "Uniffi", "uniffi", "InternalError")


def is_public(name):
    return not name.startswith(MACHINERY) or name == "__init__"


def declared(node, path, lines):
    if isinstance(node, ast.ClassDef) and is_public(node.name):
        inner = f"{path}{node.name}"
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        if "_Uniffi" in bases:
            return
        lines.add(f"class {inner}({bases})" if bases else f"class {inner}")
        for child in node.body:
            declared(child, inner + ".", lines)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_public(node.name):
        kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        lines.add(f"{kind} {path}{node.name}({ast.unparse(node.args)}){returned}")
    elif path and isinstance(node, ast.Assign):
        lines.update(f"{path}{target.id}" for target in node.targets if isinstance(target, ast.Name) and is_public(target.id))


def main():
    lines = set()
    for source in sys.argv[1:]:
        with open(source, encoding="utf-8") as text:
            for node in ast.parse(text.read()).body:
                declared(node, "", lines)
                if isinstance(node, ast.ClassDef) and node.name == "_Events":
                    for child in node.body:
                        declared(child, "Event.", lines)
    print("\n".join(sorted(lines)))


main()
