"""The performance tests, by the engine's own ids and roles. DISAGG_SERVING_TYPE says which role this process has."""

import os

import pytest
from cases import all_cases
from roles import play

CASES = all_cases()


@pytest.mark.parametrize("perf_sanity_test_case", CASES)
def test_e2e(output_dir, perf_sanity_test_case):
    play(CASES[perf_sanity_test_case], output_dir, os.environ.get("DISAGG_SERVING_TYPE", "BENCHMARK"))
