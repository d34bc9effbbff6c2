"""Packages and what others use in their CI, on the debug build: .ci/try-packages tries what a release has."""

import json
import os
import re
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
TOOLS = TOP / "target/packaging"
TEMPORARY = tempfile.TemporaryDirectory()
WHEELS = Path(TEMPORARY.name) / "wheels"
VERSION = re.search(r'^version = "(.*)"', (TOP / "Cargo.toml").read_text(), re.MULTILINE)[1]

TOPOLOGY = """\
use "cluster/local"
use "engine/trtllm"

topology "t" {
    model "m" path="/models/m"
    ctx tp=1
    gen tp=1
    server
    benchmark { isl 8; osl 8; concurrency 1 }
}
"""


def run(*words, check=True, cwd=TOP, **variables):
    """The output of a command, both streams in one."""
    words = [str(word) for word in words]
    environment = {**os.environ, **variables}
    ended = subprocess.run(words, cwd=cwd, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if check and ended.returncode:
        raise AssertionError(f"{' '.join(words)}: {ended.returncode}\n{ended.stdout}")
    return ended.stdout if check else (ended.returncode, ended.stdout)


def tool(name):
    return TOOLS / "bin" / name


def setUpModule():
    run(tool("maturin"), "build", "--profile", "dev", "--out", WHEELS)


def tearDownModule():
    TEMPORARY.cleanup()


def wheel():
    [path] = WHEELS.iterdir()
    return path


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)


class Packages(Folder):
    def assert_works(self, disaggc):
        """It needs nothing that is not in it: the stdlib is."""
        alone = {"cwd": self.folder, "PATH": "", "HOME": str(self.folder)}
        self.assertEqual(run(disaggc, "--version", **alone), f"disaggc {VERSION}\n")
        run(disaggc, "new", **alone)
        self.assertIn("no errors", run(disaggc, "check", "topo.kdl", **alone))
        run(disaggc, "build", "topo.kdl", "-o", "bundle", **alone)
        self.assertTrue((self.folder / "bundle/job.sbatch").is_file())

    def test_the_wheel_installs_alone(self):
        run("/usr/bin/python3", "-m", "venv", self.folder / "venv")
        run(self.folder / "venv/bin/pip", "install", "--quiet", "--no-index", wheel())
        self.assert_works(self.folder / "venv/bin/disaggc")

    def test_the_wheel_has_the_binary_and_the_licence(self):
        names = zipfile.ZipFile(wheel()).namelist()
        self.assertIn(f"disaggc-{VERSION}.data/scripts/disaggc", names)
        self.assertIn(f"disaggc-{VERSION}.dist-info/licenses/LICENSE", names)

    def test_cargo_installs_it(self):
        run("cargo", "install", "--debug", "--locked", "--quiet", "--path", "compiler", "--root", self.folder / "root")
        self.assert_works(self.folder / "root/bin/disaggc")


class Hooks(Folder):
    def setUp(self):
        super().setUp()
        run("git", "init", "--quiet", cwd=self.folder)
        # As .pre-commit-hooks.yaml has them, with the wheel in the place of the repository.
        text = (TOP / ".pre-commit-hooks.yaml").read_text()
        hooks = re.sub(r"^", "      ", text, flags=re.MULTILINE)
        hooks = hooks.replace("  language: python", f'  language: python\n        additional_dependencies: ["{wheel()}"]')
        (self.folder / ".pre-commit-config.yaml").write_text(f"repos:\n  - repo: local\n    hooks:\n{hooks}\n")

    def commit(self, text):
        (self.folder / "topo.kdl").write_text(text)
        run("git", "add", ".", cwd=self.folder)
        home = str(WHEELS.parent / "pre-commit")
        return run(tool("pre-commit"), "run", check=False, cwd=self.folder, PRE_COMMIT_HOME=home)

    def test_they_let_right_files_pass_and_no_others(self):
        self.assertEqual(self.commit(TOPOLOGY)[0], 0)
        code, said = self.commit(TOPOLOGY.replace("tp=1", "tpp=1"))
        self.assertEqual(code, 1)
        self.assertIn("did you mean the property `tp`?", said)
        code, said = self.commit(TOPOLOGY.replace("    server", "  server"))
        self.assertEqual(code, 1)
        self.assertIn("other layout: topo.kdl", said)

    def test_the_manifest_is_one(self):
        run(tool("pre-commit"), "validate-manifest", ".pre-commit-hooks.yaml")


class Action(Folder):
    def check(self, **inputs):
        path = f"{TOP / 'target/debug'}:{os.environ['PATH']}"
        output = self.folder / "output"
        inputs = {"PATH": path, "GITHUB_OUTPUT": str(output), "PATHS": ".", **inputs}
        return run(TOP / ".ci/check-topologies", check=False, cwd=self.folder, **inputs)

    def write(self, text):
        (self.folder / "jobs").mkdir(exist_ok=True)
        (self.folder / "jobs/topo.kdl").write_text(text)

    def test_mistakes_become_annotations(self):
        self.write(TOPOLOGY)
        self.assertEqual(self.check()[0], 0)
        self.write(TOPOLOGY.replace("ctx tp=1", "ctx tpp=1").replace("    server", "  server"))
        code, said = self.check(SARIF="found.sarif")
        self.assertEqual(code, 1)
        self.assertRegex(said, r"(?m)^::error file=jobs/topo.kdl,line=6,endLine=6,col=9,.*`tpp`")
        self.assertRegex(said, r"(?m)^::error file=jobs/topo.kdl,title=layout::")
        found = json.loads((self.folder / "found.sarif").read_text())
        self.assertEqual(len(found["runs"][0]["results"]), 1)
        self.assertEqual((self.folder / "output").read_text(), "sarif=found.sarif\n")

    def test_it_installs_the_release_that_belongs_to_it(self):
        self.write(TOPOLOGY)
        local = {"PATH": "/usr/bin:/bin", "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(WHEELS)}
        code, said = self.check(**local)
        self.assertEqual(code, 0, said)
        self.assertIn(f"disaggc {VERSION}\n", said)
        self.assertNotEqual(self.check(VERSION="999.0", **local)[0], 0)

    def test_inputs_say_how_strict_it_is(self):
        self.write(TOPOLOGY.replace("    server", "  server"))
        self.assertEqual(self.check()[0], 1)
        self.assertEqual(self.check(FMT="false")[0], 0)
        # A tag that moves is doubtful.
        self.write(TOPOLOGY.replace('model "m"', 'container "image:latest"\n    model "m"').replace("local", "h100"))
        code, said = self.check(PATHS="jobs jobs/topo.kdl")
        self.assertEqual(code, 0, said)
        self.assertIn("::warning ", said)
        self.assertEqual(self.check(DENY_WARNINGS="true")[0], 1)

    def test_the_action_and_the_workflows_are_what_github_takes(self):
        workflows = sorted((TOP / ".github/workflows").glob("*.yml"))
        run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-workflows", *workflows)
        run(tool("check-jsonschema"), "--builtin-schema", "vendor.github-actions", "action.yml")
        run(tool("zizmor"), "--offline", "--no-progress", ".github", "action.yml")


class Dependencies(unittest.TestCase):
    def test_their_licences_and_sources_are_allowed(self):
        """The advisories come from a database on the net: CI's workflow looks there."""
        run("cargo", "fetch", "--locked", "--quiet")
        run(tool("cargo-deny"), "--offline", "check", "licenses", "bans", "sources")


if __name__ == "__main__":
    unittest.main()
