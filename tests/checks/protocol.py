#!/usr/bin/env python3
"""docs/asyncapi.yaml, docs/protocol.md and what the programs really send say the same.

tests/data/wire holds the last of the three: test_wire writes and keeps it. Its topics.tsv is the topic table, its
fields.tsv the bounds of every field that the decoders are tested at, and its samples are what must pass the schemas.
"""

import base64
import copy
import json
import re

import yaml

import repo

DOCUMENT, PAGE, DATA = "docs/asyncapi.yaml", "docs/protocol.md", "tests/data/wire"
ANNOTATIONS = {"description", "contentEncoding", "contentMediaType"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool}


def resolve(document, schema):
    while "$ref" in schema:
        target = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        schema = target
    return schema


def is_type(value, name):
    if name in ("integer", "number"):
        return not isinstance(value, bool) and isinstance(value, int if name == "integer" else (int, float))
    return isinstance(value, TYPES[name])


def faults(document, schema, value, at=""):
    """What is wrong with a value; the part of JSON Schema draft 7 that the document uses and not a keyword more."""
    schema = resolve(document, schema)
    is_text, is_number = isinstance(value, str), is_type(value, "number")
    for keyword, want in schema.items():
        if keyword in ANNOTATIONS:
            continue
        if keyword == "allOf":
            for part in want:
                yield from faults(document, part, value, at)
        elif keyword == "anyOf":
            if all(any(faults(document, part, value, at)) for part in want):
                yield f"{at}: none of anyOf"
        elif keyword == "type":
            if not is_type(value, want):
                yield f"{at}: not {want}"
        elif keyword in ("const", "enum"):
            if value not in (want if keyword == "enum" else [want]):
                yield f"{at}: not {want}"
        elif keyword == "required":
            if isinstance(value, dict):
                yield from (f"{at}/{name}: missing" for name in want if name not in value)
        elif keyword in ("properties", "additionalProperties"):
            named = schema.get("properties", {})
            for name, part in value.items() if isinstance(value, dict) else ():
                if keyword == "properties" and name in named:
                    yield from faults(document, named[name], part, f"{at}/{name}")
                elif keyword == "additionalProperties" and name not in named:
                    yield from faults(document, want, part, f"{at}/{name}")
        elif keyword == "propertyNames":
            for name in value if isinstance(value, dict) else ():
                yield from faults(document, want, name, f"{at}/{name}")
        elif keyword == "items":
            for index, part in enumerate(value if isinstance(value, list) else ()):
                yield from faults(document, want, part, f"{at}/{index}")
        elif keyword == "pattern":
            if is_text and not re.search(want.replace("$", r"\Z"), value):
                yield f"{at}: not like {want}"
        elif keyword in ("minimum", "maximum"):
            if is_number and (value < want if keyword == "minimum" else value > want):
                yield f"{at}: beyond {keyword} {want}"
        elif keyword in ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"):
            kind = {"Length": str, "Items": list, "Properties": dict}[keyword[3:]]
            if isinstance(value, kind) and (len(value) < want if keyword[:3] == "min" else len(value) > want):
                yield f"{at}: beyond {keyword} {want}"
        else:
            raise KeyError(f"{DOCUMENT}: the keyword {keyword} is not one that tests/checks/protocol.py can judge")


def branches(document, schema):
    """A schema and all that it is put together from."""
    schema = resolve(document, schema)
    yield schema
    for part in schema.get("allOf", []) + schema.get("anyOf", []):
        yield from branches(document, part)


def at_pointer(document, schema, pointer):
    """The branches that judge the value at a JSON pointer, and those that judge the object it stands in."""
    parents, here = [], list(branches(document, schema))
    for name in pointer.split("/")[1:]:
        parents, below = here, []
        for part in parents:
            for child in (part.get("properties", {}).get(name), part.get("items") if name.isdigit() else None,
                          part.get("additionalProperties") if name not in part.get("properties", {}) else None):
                if child is not None:
                    below += branches(document, child)
        here = below
    return here, parents


def keywords(parts, name):
    return {json.dumps(part[name]) for part in parts if name in part}


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for part in node.values():
            yield from references(part)
    elif isinstance(node, list):
        for part in node:
            yield from references(part)


def page_topics(page):
    """topic -> (from, type, QoS, retained, expiry) of the table in §1."""
    rows = {}
    for line in page.split("## 2.")[0].splitlines():
        cells = [cell.strip().strip("`") for cell in line.strip("| ").split("|")]
        if len(cells) == 7 and cells[0].startswith("loa/"):
            expiry = "-" if cells[5] == "–" else cells[5].removesuffix(" s")
            rows[cells[0]] = (cells[1].split(" ")[0], cells[2], cells[3], cells[4], expiry)
    return rows


def document_topics(document):
    rows = {}
    for operation in document["operations"].values():
        channel = resolve(document, operation["channel"])
        [(name, _)] = channel["messages"].items()
        binding = operation["bindings"]["mqtt"]
        topic = channel["address"].replace("{", "<").replace("}", ">")
        rows[topic] = ("server" if operation["action"] == "send" else "node", name, str(binding["qos"]),
                       "yes" if binding["retain"] else "no", str(binding.get("messageExpiryInterval", "-")))
    return rows


def code_topics(root):
    rows = {}
    for line in repo.read(root, f"{DATA}/topics.tsv").splitlines():
        topic, payload_type, *how = line.split("\t")
        topic = topic.replace("phu-lien", "<station>").replace("tdp-01", "<node>")
        name = payload_type.removeprefix("application/vnd.loa.").removesuffix(".v1+json")
        rows[topic] = ("node" if "/up/" in topic else "server", name, *how)
    return rows


def topic_problems(root, document, page):
    code = code_topics(root)
    for where, rows in ((PAGE, page_topics(page)), (DOCUMENT, document_topics(document))):
        for topic in sorted(code.keys() | rows.keys()):
            if code.get(topic) != rows.get(topic):
                yield f"{where}: {topic} is {rows.get(topic)}, in the code {code.get(topic)}"


def shape_problems(document):
    for reference in references(document):
        try:
            resolve(document, {"$ref": reference})
        except (KeyError, TypeError):
            yield f"{DOCUMENT}: {reference} leads nowhere"
            return
    used = {json.dumps(resolve(document, o["channel"])) for o in document["operations"].values()}
    for name, channel in document["channels"].items():
        if set(re.findall(r"{(\w+)}", channel["address"])) != set(channel["parameters"]):
            yield f"{DOCUMENT}: channel {name}: its parameters are not those of its address"
        if json.dumps(channel) not in used:
            yield f"{DOCUMENT}: channel {name}: no operation uses it"


def body_of(document, name):
    return document["components"]["messages"][name]["x-body"]


def message_of(document, payload_type):
    return payload_type.removeprefix("application/vnd.loa.").removesuffix(".v1+json")


def sample_problems(root, document):
    for path in sorted((root / DATA).glob("*.envelope.json")):
        envelope, text = json.loads(path.read_bytes()), path.with_name(path.name.replace("envelope", "body")).read_bytes()
        name, body = message_of(document, envelope["payloadType"]), json.loads(text)
        yield from (f"{path.name}{fault}" for fault in
                    faults(document, document["components"]["messages"][name]["payload"], envelope))
        if base64.b64decode(envelope["payload"], validate=True) != text:
            yield f"{path.name}: its payload is not {path.stem}"
        yield from (f"{path.name}, body{fault}" for fault in faults(document, body_of(document, name), body))
        # A schema that takes anything proves nothing: no required field can go, and no field can be an object of odd form.
        for part in branches(document, body_of(document, name)):
            for field in part.get("required", []):
                without = {key: value for key, value in body.items() if key != field}
                if field in body and not any(faults(document, body_of(document, name), without)):
                    yield f"{path.name}: passes without {field}"
        for field in body:
            if not any(faults(document, body_of(document, name), {**copy.deepcopy(body), field: {"x": {}}})):
                yield f"{path.name}: passes with an odd {field}"


def field_problems(root, document):
    """fields.tsv: sample, pointer, kind, required or optional, least, most."""
    schemas = document["components"]["schemas"]
    for line in repo.read(root, f"{DATA}/fields.tsv").splitlines():
        sample, pointer, kind, need, least, most = line.split("\t")
        envelope = json.loads(repo.read(root, f"{DATA}/{sample}.envelope.json"))
        here, parents = at_pointer(document, body_of(document, message_of(document, envelope["payloadType"])), pointer)
        where = f"{DOCUMENT}: {sample}{pointer}"
        if not here:
            yield f"{where}: is not there"
            continue
        required = any(pointer.rpartition("/")[2] in part.get("required", []) for part in parents
                       if "type" in part)
        if required != (need == "required"):
            yield f"{where}: {'required' if required else 'optional'}, in the code {need}"
        want = {
            "integer": {"type": "integer", "minimum": int(least), "maximum": int(most)},
            "real": {"type": "number", "minimum": int(least), "maximum": int(most)},
            "text": {"type": "string", "maxLength": int(most), **({"minLength": int(least)} if int(least) else {})},
            "id": {"pattern": schemas["id"]["pattern"]},
            "digest": {"pattern": schemas["sha256"]["pattern"]},
            "word": {},
            "flag": {"type": "boolean"},
            "array": {"type": "array", "maxItems": int(most), **({"minItems": int(least)} if int(least) else {})},
            "object": {"type": "object", "maxProperties": int(most)},
        }[kind]
        if kind == "text" and keywords(here, "pattern"):  # who may be addressed is narrower than how long it may be
            want = {"type": "string"}
        if kind == "word" and not keywords(here, "enum") | keywords(here, "const"):
            yield f"{where}: has no list of words"
        for keyword, value in want.items():
            if json.dumps(value) not in keywords(here, keyword):
                yield f"{where}: {keyword} {' '.join(keywords(here, keyword)) or 'absent'}, in the code {value}"


def page_problems(document, page):
    """Every field has its word on the page, in the section of its message."""
    sections = {"header": page.split("## 3. Body")[1].split("\n### ")[0]}
    for part in page.split("\n### ")[1:]:
        heading, _, text = part.partition("\n")
        for name in heading.split(", "):
            sections[name] = text
    for name in [*document["components"]["messages"], "header"]:
        if name not in sections:
            yield f"{PAGE}: no section on {name}"
            continue
        waiting, seen = [document["components"]["schemas"][name]], []
        while waiting:
            part = resolve(document, waiting.pop())
            if part is document["components"]["schemas"]["header"] and name != "header":
                continue
            seen += part.get("properties", {})
            waiting += [*part.get("properties", {}).values(), *part.get("allOf", []), *(
                part[key] for key in ("items", "additionalProperties") if key in part)]
        for field in sorted(set(seen)):
            if not re.search(rf'[`"]{field}[`"]', sections[name]):
                yield f"{PAGE}: {name} does not name {field}"


def problems(root):
    document, page = yaml.safe_load(repo.read(root, DOCUMENT)), repo.read(root, PAGE)
    found = list(shape_problems(document))
    if not found:
        found += topic_problems(root, document, page)
        found += sample_problems(root, document)
        found += field_problems(root, document)
        found += page_problems(document, page)
    return found


if __name__ == "__main__":
    repo.report(problems(repo.ROOT))
