"""The options and fixtures of the tests, by the names and with the meaning that the engine's own have."""

import os

import list_files
import periodic_junit
import pytest


def pytest_addoption(parser):
    add = parser.addoption
    add("--test-list", "-F", metavar="FILE", help="run the tests that this file names, in its order")
    add("--waives-file", "-S", metavar="FILE", help="skip the tests that this file waives")
    add("--test-prefix", "-P", metavar="STAGE", help="stands before every test's name in reports and waives")
    add("--output-dir", "-O", metavar="DIR", help="where tests leave their files")
    add("--apply-test-list-correction", "-C", action="store_true", help="refuse a test list with unknown tests")
    periodic_junit.add_options(add)


def pytest_configure(config):
    folder = config.getoption("--output-dir")
    if folder:
        os.makedirs(folder, exist_ok=True)
    periodic_junit.configure(config, folder)


@pytest.hookimpl(tryfirst=True, wrapper=True)
def pytest_collection_modifyitems(config, items):
    """Plugins that look at names, such as the one that splits lists, see them without the prefix."""
    prefix = config.getoption("--test-prefix")
    if path := config.getoption("--test-list"):
        select(config, items, list_files.read(path, prefix))
    if path := config.getoption("--waives-file"):
        waive(items, list_files.read(path, prefix))
    yield
    if prefix:
        for item in items:
            item._nodeid = f"{prefix}/{item.nodeid}"


def select(config, items, entries):
    """Leaves the tests of a list, in its order, with its time limits."""
    known = {item.nodeid: item for item in items}
    unknown = [entry.test for entry in entries if entry.test not in known]
    if unknown and config.getoption("--apply-test-list-correction"):
        raise pytest.UsageError(list_files.corrections(unknown, known))
    chosen = {entry.test: known[entry.test] for entry in entries if entry.test in known}
    config.hook.pytest_deselected(items=[item for item in items if item.nodeid not in chosen])
    items[:] = chosen.values()
    for entry in entries:
        if entry.marker == "TIMEOUT" and entry.test in chosen:
            chosen[entry.test].add_marker(pytest.mark.timeout(int(entry.reason) * 60))
    waive(items, entries)


def waive(items, entries):
    """Skips what is marked SKIP, expects the failure of what is marked XFAIL."""
    entries = {entry.test: entry for entry in entries}
    for item in items:
        entry = entries.get(item.nodeid)
        if entry and entry.marker == "SKIP":
            item.add_marker(pytest.mark.skip(reason=entry.reason))
        elif entry and entry.marker == "XFAIL":
            item.add_marker(pytest.mark.xfail(reason=entry.reason))


@pytest.fixture(scope="session")
def output_dir(request):
    """The folder of --output-dir."""
    folder = request.config.getoption("--output-dir")
    if not folder:
        pytest.fail("the performance tests need --output-dir", pytrace=False)
    return os.path.abspath(folder)
