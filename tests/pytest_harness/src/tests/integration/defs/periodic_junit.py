"""--periodic-junit: the JUnit report, written again and again while tests run, so that a killed run has one."""

import os
import time

from _pytest.junitxml import LogXML

UNFINISHED = "unfinished_test.txt"


def add_options(add):
    add("--periodic-junit", action="store_true", help="write the JUnit report while tests run")
    add("--periodic-junit-xmlpath", metavar="FILE", help="where (by default results.xml of --output-dir)")
    add("--periodic-interval", type=int, default=18000, metavar="S", help="at the latest after so many seconds")
    add("--periodic-batch-size", type=int, default=10, metavar="N", help="at the latest after so many tests")
    add("--periodic-save-unfinished-test", action="store_true", help=f"name the running test in {UNFINISHED}")


def configure(config, folder):
    """Starts the report, if it is wanted and there is a place for it."""
    if not config.getoption("--periodic-junit"):
        return
    path = config.getoption("--periodic-junit-xmlpath") or (folder and os.path.join(folder, "results.xml"))
    if not path:
        config.issue_config_time_warning(UserWarning("--periodic-junit needs --output-dir"), stacklevel=2)
        return
    report = LogXML(path, None, **report_options(config))
    config.pluginmanager.register(report, "periodic-junit-report")
    unfinished = config.getoption("--periodic-save-unfinished-test") and os.path.dirname(os.path.abspath(path))
    batch, interval = config.getoption("--periodic-batch-size"), config.getoption("--periodic-interval")
    config.pluginmanager.register(Periodic(report, batch, interval, unfinished), "periodic-junit")


def report_options(config):
    """What --junit-xml takes from the configuration too."""
    values = {name: config.getini(f"junit_{name}") for name in ("suite_name", "logging", "family", "log_passing_tests")}
    return {**values, "report_duration": config.getini("junit_duration_report")}


class Periodic:
    """Writes the report after some tests or some time."""

    def __init__(self, report, batch, interval, folder):
        self.report, self.batch, self.interval = report, batch, interval
        self.unfinished = folder and os.path.join(folder, UNFINISHED)
        self.finished, self.last = 0, time.monotonic()

    def pytest_runtest_logstart(self, nodeid):
        if self.unfinished:
            with open(self.unfinished, "w", encoding="utf-8") as file:
                file.write(nodeid + "\n")

    def pytest_runtest_logfinish(self):
        if self.unfinished:
            os.remove(self.unfinished)
        self.finished += 1
        if self.finished >= self.batch or time.monotonic() - self.last >= self.interval:
            self.report.pytest_sessionfinish()
            self.finished, self.last = 0, time.monotonic()
