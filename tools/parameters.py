#!/usr/bin/env python3
"""Writes catalog/api/parameters/: what the calls of catalog/api/writes/ take, from an official library for Python.

    python3 tools/parameters.py            the library that catalog/library.txt names
    python3 tools/parameters.py --check    writes nothing; ends with 1 where a file would change

pip brings the library, which is read and never run.
"""

import argparse
import ast
import json
import sys
import tempfile
from pathlib import Path

from catalogue import ROOT, download
from stripe_library import literal

API = ROOT / "catalog" / "api"
SCALARS = {"str": "string", "int": "integer", "bool": "boolean", "float": "number", "Decimal": "number"}
# Every call has it.
COMMON = "expand"


class Calls:
    """The calls of a library's services: the classes of their parameters, by method and path."""

    def __init__(self, library):
        self.library = library
        self.classes = {}
        for file in sorted((library.folder / "stripe").rglob("_*_service.py")):
            parts = file.relative_to(library.folder).with_suffix("").parts
            module = library.module(".".join(parts))
            for node in module.classes.values():
                for function in node.body:
                    if isinstance(function, ast.FunctionDef):
                        self.take(module, function)

    def take(self, module, function):
        request = next((c for c in ast.walk(function) if is_request(c)), None)
        if not request:
            return
        path = request.args[1]
        if isinstance(path, ast.Call):
            path = path.func.value
        annotations = {a.arg: a.annotation for a in function.args.args}
        call = f"{request.args[0].value.upper()} {path.value}"
        if "params" not in annotations:
            self.classes[call] = None
            return
        name = [n.value for n in ast.walk(annotations["params"]) if isinstance(n, ast.Constant) and n.value]
        name = name[0] if name else ast.unparse(annotations["params"])
        self.classes[call] = (module.imports[name][0], name)

    def parameters(self, call):
        """What a call takes; a call that takes nothing has no class."""
        place = self.classes[call]
        return self.hash(*place) if place else {"hash": {}}

    def hash(self, module, name):
        fields, required = {}, []
        for item in self.library.module(module).classes[name].body:
            if not isinstance(item, ast.AnnAssign) or item.target.id == COMMON:
                continue
            node = item.annotation
            is_free = isinstance(node, ast.Subscript) and ast.unparse(node.value) == "NotRequired"
            if not is_free:
                required.append(item.target.id)
            fields[item.target.id] = self.kind(node.slice if is_free else node, module)
        return {"hash": fields, **({"required": required} if required else {})}

    def kind(self, node, module):
        parts = list(self.alternatives(node))
        values = [value for part in parts if isinstance(part, list) for value in part]
        others = [part for part in parts if not isinstance(part, list)]
        can_unset = "" in values
        values = sorted(value for value in values if value != "")
        kinds = [kind for part in others if (kind := self.single(part, module))]
        if values:
            # Text beside a list of values leaves room for values to come.
            kinds = [{"enum": values}] + [kind for kind in kinds if kind not in ("string", {"enum": values})]
        kinds = [kind for at, kind in enumerate(kinds) if kind not in kinds[:at]]
        kind = kinds[0] if len(kinds) == 1 else {"any": kinds}
        if not can_unset:
            return kind
        return f"{kind}?" if isinstance(kind, str) else {**kind, "unset": True}

    def alternatives(self, node):
        """The members of a union: lists of values, and other annotations."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value.strip(), mode="eval").body
        if isinstance(node, ast.BinOp):
            yield from self.alternatives(node.left)
            yield from self.alternatives(node.right)
            return
        if isinstance(node, ast.Subscript):
            head = ast.unparse(node.value)
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            if head == "Literal":
                yield [literal(value) for value in inner]
                return
            if head in ("Union", "Optional", "NotRequired"):
                for part in inner:
                    yield from self.alternatives(part)
                return
        yield node

    def single(self, node, module):
        if isinstance(node, ast.Subscript):
            head = ast.unparse(node.value)
            if head == "List":
                return {"list": self.kind(node.slice, module)}
            if head in ("Dict", "UntypedStripeObject"):
                member = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
                return {"map": self.kind(member, module)}
            raise ValueError(ast.unparse(node))
        name = ast.unparse(node)
        known = self.library.module(module)
        if name in SCALARS:
            return SCALARS[name]
        if name in known.classes:
            return self.hash(module, name)
        raise ValueError(f"{module}: {name}")


def is_request(node):
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    method = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
    return node.func.attr == "_request" and method in ("post", "delete")


def layout(calls):
    """A file: a line for each parameter of the outermost level."""
    blocks = []
    for call, kind in calls.items():
        lines = [f"      {json.dumps(name)}: {json.dumps(of)}" for name, of in sorted(kind["hash"].items())]
        required = f',\n    "required": {json.dumps(kind["required"])}' if "required" in kind else ""
        members = ",\n".join(lines)
        hash = f"{{\n{members}\n    }}" if lines else "{}"
        blocks.append(f'  {json.dumps(call)}: {{\n    "hash": {hash}{required}\n  }}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; end with 1 where a file would change")
    arguments = parser.parse_args()
    version = (ROOT / "catalog" / "library.txt").read_text(encoding="utf-8").split()[1]
    differs = False
    with tempfile.TemporaryDirectory() as place:
        calls = Calls(download(version, place)[1])
        for file in sorted((API / "writes").glob("*.json")):
            named = json.loads(file.read_text(encoding="utf-8"))["calls"]
            text = layout({call: calls.parameters(call) for call in named})
            target = API / "parameters" / file.name
            if not target.exists() or target.read_text(encoding="utf-8") != text:
                differs = True
                print(f"{'differs' if arguments.check else 'wrote'} {target.relative_to(ROOT)}")
                if not arguments.check:
                    target.parent.mkdir(exist_ok=True)
                    target.write_text(text, encoding="utf-8")
    return 1 if differs and arguments.check else 0


if __name__ == "__main__":
    sys.exit(main())
