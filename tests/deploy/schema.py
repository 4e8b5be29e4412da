# gst-lstm: recurrent models on live streams
# SPDX-License-Identifier: LGPL-2.1-or-later
"""As much of JSON Schema as tools/deploy/deploy.schema.json is written in."""

import re

_TYPES = {
    "object": lambda x: isinstance(x, dict),
    "array": lambda x: isinstance(x, list),
    "string": lambda x: isinstance(x, str),
    "boolean": lambda x: isinstance(x, bool),
    "integer": lambda x: isinstance(x, int) and not isinstance(x, bool),
    "number": lambda x: isinstance(x, (int, float)) and not isinstance(x, bool),
}


def _type(types, x):
    names = types if isinstance(types, list) else [types]
    return any(_TYPES[name](x) for name in names)


def _number(compare):
    return lambda root, limit, x, schema: \
        not _TYPES["number"](x) or compare(x, limit)


def _size(kind, compare):
    return lambda root, limit, x, schema: \
        not _TYPES[kind](x) or compare(len(x), limit)


def _properties(root, known, x, schema):
    return not isinstance(x, dict) or all(
        valid(root, known[key], value) for key, value in x.items() if key in known)


def _additional(root, rest, x, schema):
    return not isinstance(x, dict) or all(
        rest is not False and valid(root, rest, value)
        for key, value in x.items() if key not in schema.get("properties", {}))


_WORDS = {
    "$schema": lambda root, word, x, schema: True,
    "$defs": lambda root, word, x, schema: True,
    "title": lambda root, word, x, schema: True,
    "$ref": lambda root, ref, x, schema:
        valid(root, root["$defs"][ref.removeprefix("#/$defs/")], x),
    "type": lambda root, types, x, schema: _type(types, x),
    "const": lambda root, value, x, schema:
        x == value and isinstance(x, bool) == isinstance(value, bool),
    "enum": lambda root, values, x, schema: x in values,
    "pattern": lambda root, pattern, x, schema:
        not isinstance(x, str) or re.search(pattern, x) is not None,
    "minimum": _number(lambda x, limit: x >= limit),
    "maximum": _number(lambda x, limit: x <= limit),
    "minLength": _size("string", lambda n, limit: n >= limit),
    "minItems": _size("array", lambda n, limit: n >= limit),
    "minProperties": _size("object", lambda n, limit: n >= limit),
    "maxProperties": _size("object", lambda n, limit: n <= limit),
    "items": lambda root, item, x, schema:
        not isinstance(x, list) or all(valid(root, item, y) for y in x),
    "required": lambda root, keys, x, schema:
        not isinstance(x, dict) or all(key in x for key in keys),
    "propertyNames": lambda root, name, x, schema:
        not isinstance(x, dict) or all(valid(root, name, key) for key in x),
    "properties": _properties,
    "additionalProperties": _additional,
    "anyOf": lambda root, ways, x, schema:
        any(valid(root, way, x) for way in ways),
    "not": lambda root, other, x, schema: not valid(root, other, x),
}


def valid(root, schema, x):
    """Whether a value is what the schema, a part of the root, says."""
    return all(_WORDS[word](root, what, x, schema)
               for word, what in schema.items())
