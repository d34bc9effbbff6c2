"""Where the ranks of a server may sit."""

import unittest

import helper  # noqa: F401  (puts the stand-in on the path)
from tensorrt_llm.llmapi import placement


def world(*hosts, visible=None):
    """Reports of one rank a host named, as the ranks would make them; `visible` gives the GPUs of a host."""
    visible = visible or {host: [str(n) for n in range(hosts.count(host))] for host in hosts}
    size = len(visible[hosts[0]])
    reports = []
    for rank, host in enumerate(hosts):
        local = rank % size
        shown = visible[host]
        reports.append(
            {
                "rank": rank, "host": host, "variable": ",".join(shown), "visible": shown, "local": local,
                "gpus_per_node": size, "device": shown[local] if local < len(shown) else None,
            }
        )
    return reports


def problems(reports, tp=None):
    return placement.check({"tp": tp or len(reports), "pp": 1, "cp": 1}, reports)


class Placement(unittest.TestCase):
    def test_whole_nodes_then_a_partial_one(self):
        reports = world(*["a"] * 4, *["b"] * 2)
        self.assertEqual(problems(reports), [])
        self.assertEqual(placement.summary(reports), "a:0,1,2,3 b:0,1")

    def test_other_gpus_of_a_node(self):
        self.assertEqual(problems(world("a", "a", visible={"a": ["2", "3"]})), [])

    def test_rank_count(self):
        self.assertIn("needs 4 MPI ranks, but the MPI world has 2", problems(world("a", "a"), tp=4)[0])

    def test_hosts_that_return(self):
        found = " ".join(problems(world("a", "b", "a", "b")))
        self.assertIn("the ranks of a are not contiguous: rank 2", found)

    def test_partial_node_first(self):
        found = problems(world("a", "a", *["b"] * 4))
        self.assertTrue(any("the partial node comes first: a has 2 ranks, b has 4" in line for line in found), found)

    def test_two_ranks_on_a_gpu(self):
        self.assertIn("Duplicate GPU", problems(world("a", "a", visible={"a": ["0"]}))[0])

    def test_no_gpu_for_a_rank(self):
        found = problems(world("a", "a", "b", "b", visible={"a": ["0", "1"], "b": ["0"]}))
        self.assertIn("rank 3 on b has no GPU number 1", found[0])

    def test_unequal_views(self):
        reports = world("a", "a")
        reports[1]["visible"] = ["1", "2"]
        self.assertIn("the ranks of a see different GPUs: rank 0 sees 0,1, rank 1 sees 1,2", problems(reports))

    def test_more_gpus_than_ranks(self):
        found = problems(world("a", "a", visible={"a": ["0", "1", "2", "3"]}))
        self.assertEqual(found, ["a runs 2 ranks of this server but shows them 4 GPUs (0,1,2,3)"])


if __name__ == "__main__":
    unittest.main()
