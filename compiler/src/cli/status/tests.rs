//! What a person sees of run folders made by hand.

use insta::assert_snapshot;
use textwrap::core::display_width;

use super::*;
use crate::follow::tests::Fixture;

#[track_caller]
fn at(run: &Run, width: usize) -> String {
    let table = table::render(run, width);
    for line in table.lines() {
        assert!(display_width(line) <= width, "{} columns: {line}", display_width(line));
        assert!(!line.chars().any(char::is_control), "{line:?}");
    }
    table
}

#[test]
fn a_job_that_starts() {
    let fixture = Fixture::small().started("ctx_0", 1).started("ctx_1", 1).started("gen_0", 2);
    let fixture = fixture.ready("ctx_1", 61).log("ctx_0", "loading weights: 40 %\rloading weights: 41 %\r");
    assert_snapshot!(at(&fixture.read(185), 80));
}

#[test]
fn a_job_that_runs() {
    let run = Fixture::small().serving().started("benchmark_1", 98).read(7300);
    assert_snapshot!("running_80", at(&run, 80));
    assert_snapshot!("running_120", at(&run, 120));
}

#[test]
fn a_job_that_passed() {
    let run = Fixture::small().passed().read(9999);
    assert_snapshot!("passed_80", at(&run, 80));
    assert_snapshot!("passed_120", at(&run, 120));
    assert_snapshot!("passed_timeline", timeline::draw(&run));
}

#[test]
fn a_job_that_failed() {
    let run = Fixture::small().failed().read(9999);
    assert_snapshot!("failed_80", at(&run, 80));
    assert_snapshot!("failed_timeline", timeline::draw(&run));
}

#[test]
fn many_servers_share_rows() {
    let run = Fixture::big().read(150);
    assert_snapshot!("big_80", at(&run, 80));
    assert_snapshot!("big_120", at(&run, 120));
}

#[test]
fn a_failed_server_has_a_row_of_its_own() {
    let fixture = Fixture::big().record("gen_7.exit", "1 node07 by-itself").ended("gen_7", 1, 140);
    let fixture = fixture.ended("gen_8", 1, 140);
    assert_snapshot!(at(&fixture.read(150), 80));
}

#[test]
fn a_job_that_slurm_ended() {
    let mut run = Fixture::small().serving().aged(97).read(500);
    run.hear(&Answer::Silent("whether job 4711 still runs is not known: there is no scontrol on this machine; ask on one of the cluster".into()), 0);
    assert_snapshot!("silent_80", at(&run, 80));
    run.hear(&Answer::Job(follow::Job { state: "NODE_FAIL".into(), ..Default::default() }), 0);
    assert_snapshot!("node_fail_80", at(&run, 80));
}

#[test]
fn odd_bytes_and_missing_files_are_shown_all_the_same() {
    let fixture = Fixture::small()
        .serving()
        .hosts("ctx_0", "node\u{1b}[2Jwith-a-name-that-is-far-too-long.cluster.example\n")
        .log("ctx_0", b"\xff\x00\x1b[31mred\x1b[0m \xe2\x80\xaeturned \x1b]0;title\x07")
        .log("ctx_1", "日本語".repeat(40))
        .file("state/gen_0.started", "")
        .result(
            "failed",
            99,
            r#"{"step": "gone\u001b", "node": null, "message": "\u001b[31mred\u0000\n\nthird"}"#,
        )
        .without_bundle();
    let run = fixture.read(120);
    assert_snapshot!(at(&run, 80));
    at(&run, 40);
    let picture = timeline::draw(&run);
    assert!(picture.chars().all(|c| c == '\n' || !c.is_control()), "{picture}");
}

#[test]
fn nothing_has_happened_yet() {
    let run = Fixture::new(&[]).read(0);
    assert_snapshot!(at(&run, 80));
    assert!(timeline::draw(&run).ends_with("</svg>\n"));
    let run = Fixture::small().read(0);
    timeline::draw(&run);
}

#[test]
fn programs_read_json() {
    let run = Fixture::small().passed().read(9999);
    assert_snapshot!(serde_json::to_string_pretty(&run).unwrap());
}

#[test]
fn more_clients_than_fit_come_in_blocks() {
    let names: Vec<String> = (0..9).map(|n| format!("benchmark_{}", 1 << n)).collect();
    let steps: Vec<_> = names.iter().map(|name| (name.as_str(), "benchmark", "client")).collect();
    let mut fixture = Fixture::new(&steps);
    for name in &names {
        fixture =
            fixture.file(&format!("results/{name}/metrics"), "output_tokens_per_second=4811.5\nfailed=0\n");
    }
    assert_snapshot!(at(&fixture.read(10), 80));
}

#[test]
fn a_table_that_is_drawn_again_fits_its_screen() {
    let table = || "a\nb\nc\n".to_owned();
    assert_eq!(shortened(table(), 3), "a\nb\nc\n");
    assert_eq!(shortened(table(), 2), "a\n… 2 lines more; --once shows all\n");
    assert_eq!(shortened(table(), 0), "… 3 lines more; --once shows all\n");
}

#[test]
fn numbers_out_of_all_bounds_are_shown_all_the_same() {
    let most = u64::MAX;
    let fixture = Fixture::small()
        .serving()
        .started("ctx_0", most)
        .ready("ctx_1", most)
        .record("gen_0.ended", format!("{} {most}", i64::MIN))
        .file("results/benchmark_1/metrics", "a=1e308\nb=-0\nc=1e-300\n")
        .record("job.verdict", "failed 0");
    let run = fixture.read(120);
    for width in [40, 80] {
        at(&run, width);
    }
    assert!(!timeline::draw(&run).contains("NaN"));
    // Clocks of two machines may differ.
    at(&follow::read(&fixture.folder, 0).unwrap(), 80);
}

/// The page says what is wrong, shows the log of who is to blame, and nothing that a log holds breaks out of it.
#[test]
fn the_page_has_the_verdict_and_the_logs() {
    let fixture =
        Fixture::small().failed().log("gen_0", "one\ntwo \u{1b}[31m</pre><script>alert(1)</script>\n");
    let run = fixture.read(9999);
    let page = report(&run, &fixture.folder, None).expect("a page");
    let message = &run.cause.as_ref().expect("it failed").message;
    assert!(page.contains(message.lines().next().expect("a line")), "{page}");
    assert!(page.contains("&lt;script&gt;alert(1)") && !page.contains("<script>"), "{page}");
    assert!(!page.contains("rehearsal") && page.matches("<details open>").count() == 1, "{page}");
    let passed = Fixture::small().passed();
    let page = report(&passed.read(9999), &passed.folder, None).expect("a page");
    assert!(page.contains("What the client measured") && page.contains("width: 100"), "{page}");
    assert!(!page.contains("<details open>"), "{page}");
}
