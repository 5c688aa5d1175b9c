"""Everything that is data and ships with Nexus is right by its own schema."""

import json
from dataclasses import replace

import pytest
import yaml
from jsonschema import Draft202012Validator

from nexus.core.flow.check import check
from nexus.core.flow.decision.check import check_table
from nexus.core.flow.decision.read import read_table
from nexus.core.flow.decision.shelf import tables_of
from nexus.core.flow.read import read
from nexus.core.host.load import load


def tables_in(root):
    folders = (root / "flows", root / "plugins")
    files = (path for folder in folders for path in folder.rglob("*.decision.yaml"))
    return {path.name.removesuffix(".decision.yaml"): path for path in files}


@pytest.fixture(scope="module")
def schemas(root):
    found = (root / "schemas").glob("*.schema.json")
    return {path.name: json.loads(path.read_text()) for path in found}


def test_every_schema_is_a_valid_json_schema(schemas):
    assert {"flow.schema.json", "module.schema.json", "decision.schema.json"} <= set(schemas)
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_manifest_fits_its_schema(root, schemas):
    validator = Draft202012Validator(schemas["module.schema.json"])
    manifests = sorted((root / "plugins").glob("*/module.yaml"))
    assert manifests
    for path in manifests:
        found = yaml.safe_load(path.read_text())
        assert [str(error) for error in validator.iter_errors(found)] == [], path
        assert found["id"] == path.parent.name


def test_every_shipped_flow_is_right(root):
    catalog = load()
    found, folders = tables_in(root), (root / "flows", root / "plugins")
    for folder in folders:
        for path in sorted(folder.rglob("*.yaml")):
            kind = path.name.removesuffix(".yaml").rpartition(".")[2]
            if path.name in ("module.yaml", "seed.yaml") or kind in ("test", "decision"):
                continue
            flow = read(path.read_bytes(), str(path.relative_to(root)))
            tables = {name: read_table(found[name].read_bytes()) for name in tables_of(flow.do)}
            assert check(replace(flow, tables=tables), catalog) == [], path


def test_every_shipped_decision_table_is_right(root):
    for path in tables_in(root).values():
        assert check_table(read_table(path.read_bytes(), str(path))) == [], path
