"""A small Mustache renderer with the rules of swift-mustache 2.1, made stricter on purpose.

What swift-mustache does and this does too: sections, inverted sections, partials, inheritance (`{{<a}}{{$b}}…`), dotted
names, names that climb the context stack, escaped output; an empty string and a zero are true, only a missing value,
`false` and an empty list are false.

What is stricter: a name may climb only if it is in `CLIMBS`. An optional value that is missing in a row would otherwise
silently show the page's value of the same name; `{{#.name}}` looks in the innermost value only. `{{{`, `{{&` and lambdas are refused.
"""

import html
import re

CLIMBS = {"csrf", "shell"}
TAG = re.compile(r"\{\{(?P<kind>[#^/><$!&{]?)\s*(?P<name>[^}]*?)\s*\}\}")
STANDALONE = re.compile(r"^[ \t]*(\{\{[#^/><$!][^}]*\}\})[ \t]*\n", re.M)


class TemplateError(Exception):
    """Names the template and what is wrong with it."""


def parse(name, text):
    """Text to a tree of ("text", s) | ("var", n) | ("section"/"inverted"/"parent"/"block", n, children) | ("partial", n)."""
    text = STANDALONE.sub(lambda m: m.group(1), text)
    root = []
    stack = [("", "", root)]
    at = 0
    for match in TAG.finditer(text):
        if match.start() > at:
            stack[-1][2].append(("text", text[at : match.start()]))
        at = match.end()
        kind, tag = match.group("kind"), match.group("name")
        if kind in ("{", "&"):
            raise TemplateError(f"{name}: unescaped output {{{{{kind}{tag}")
        if kind == "!":
            continue
        if kind in ("#", "^", "<", "$"):
            stack.append((kind, tag, []))
        elif kind == "/":
            opened, label, children = stack.pop()
            if label != tag:
                raise TemplateError(f"{name}: {{{{/{tag}}}}} closes {{{{{opened}{label}}}}}")
            node = {"#": "section", "^": "inverted", "<": "parent", "$": "block"}[opened]
            stack[-1][2].append((node, tag, children))
        elif kind == ">":
            stack[-1][2].append(("partial", tag))
        else:
            stack[-1][2].append(("var", tag))
    if len(stack) != 1:
        raise TemplateError(f"{name}: {{{{{stack[-1][0]}{stack[-1][1]}}}}} is never closed")
    root.append(("text", text[at:]))
    return root


class Renderer:
    """Renders templates from `source(name) -> text`; keeps `problems` and the set of names it `used`."""

    def __init__(self, source):
        self.source = source
        self.trees = {}
        self.problems = []
        self.used = set()

    def tree(self, name):
        if name not in self.trees:
            self.trees[name] = parse(name, self.source(name))
        return self.trees[name]

    def render(self, name, view):
        out = []
        self._walk(self.tree(name), [view], {}, out, name)
        return "".join(out)

    def _find(self, path, stack, where):
        if path == ".":
            return stack[-1]
        first, *rest = path.lstrip(".").split(".")
        for depth, level in enumerate(reversed(stack[-1:] if path.startswith(".") else stack)):
            if isinstance(level, dict) and level.get(first) is not None:
                if depth and first not in CLIMBS:
                    self.problems.append(f"{where}: {path} was found {depth} levels up")
                self.used.add((where, path))
                value = level[first]
                for part in rest:
                    value = value.get(part) if isinstance(value, dict) else None
                return value
        return None

    def _walk(self, nodes, stack, blocks, out, where):
        for node in nodes:
            kind = node[0]
            if kind == "text":
                out.append(node[1])
            elif kind == "var":
                value = self._find(node[1], stack, where)
                if value is None:
                    self.problems.append(f"{where}: {node[1]} has no value")
                elif isinstance(value, (dict, list)):
                    self.problems.append(f"{where}: {node[1]} is not a text")
                else:
                    out.append(html.escape(str(value), quote=True))
            elif kind == "section":
                value = self._find(node[1], stack, where)
                if isinstance(value, list):
                    for item in value:
                        self._walk(node[2], stack + [item], blocks, out, where)
                elif value is True:
                    self._walk(node[2], stack, blocks, out, where)
                elif value is not None and value is not False:
                    self._walk(node[2], stack + [value], blocks, out, where)
            elif kind == "inverted":
                value = self._find(node[1], stack, where)
                if value is None or value is False or value == []:
                    self._walk(node[2], stack, blocks, out, where)
            elif kind == "partial":
                self._walk(self.tree(node[1]), stack, blocks, out, node[1])
            elif kind == "parent":
                own = {n[1]: (n[2], where) for n in node[2] if n[0] == "block"}
                self._walk(self.tree(node[1]), stack, {**own, **blocks}, out, node[1])
            elif kind == "block":
                children, origin = blocks.get(node[1], (node[2], where))
                self._walk(children, stack, blocks, out, origin)


def names(nodes):
    """Every variable and section name of a tree, its blocks included."""
    for node in nodes:
        if node[0] in ("var", "section", "inverted"):
            yield node[1]
        if len(node) > 2:
            yield from names(node[2])
