"""Prints the public surface of some Python sources, a line for each declaration."""

import ast
import sys

MACHINERY = ("_", "Uniffi", "uniffi", "InternalError")


def is_public(name):
    return not name.startswith(MACHINERY) or name == "__init__"


def alias(node):
    """The class that a class has a name for."""
    is_one = isinstance(node, ast.AnnAssign) and ast.unparse(node.annotation) == "typing.TypeAlias"
    return ast.literal_eval(node.value) if is_one else None


def declared(node, path, lines, classes):
    if isinstance(node, ast.ClassDef) and is_public(node.name):
        bases = ", ".join(ast.unparse(base) for base in node.bases)
        if "_Uniffi" not in bases:
            lines.add(f"class {path}{node.name}({bases})" if bases else f"class {path}{node.name}")
            members(node, f"{path}{node.name}.", lines, classes)
    elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and is_public(node.name):
        kind = "async def" if isinstance(node, ast.AsyncFunctionDef) else "def"
        returned = f" -> {ast.unparse(node.returns)}" if node.returns else ""
        lines.add(f"{kind} {path}{node.name}({ast.unparse(node.args)}){returned}")
    elif path and alias(node):
        lines.add(f"class {path}{node.target.id}")
        members(classes[alias(node)], f"{path}{node.target.id}.", lines, classes)
    elif path and isinstance(node, ast.AnnAssign) and is_public(node.target.id):
        default = f" = {ast.unparse(node.value)}" if node.value else ""
        lines.add(f"{path}{node.target.id}: {ast.unparse(node.annotation)}{default}")
    elif path and isinstance(node, ast.Assign):
        lines.update(f"{path}{target.id}" for target in node.targets if isinstance(target, ast.Name) and is_public(target.id))


def members(node, path, lines, classes):
    for child in node.body:
        declared(child, path, lines, classes)


def main():
    lines = set()
    for source in sys.argv[1:]:
        with open(source, encoding="utf-8") as text:
            body = ast.parse(text.read()).body
        classes = {node.name: node for node in body if isinstance(node, ast.ClassDef)}
        for node in body:
            declared(node, "", lines, classes)
    print("\n".join(sorted(lines)))


main()
