use proptest::prelude::*;

use super::*;

const TEST: (&str, &str) = ("perf/test_perf_sanity.py", "test_e2e");
const STEM: &str = "gb200_deepseek-r1-fp4_1k1k_con3072_ctx1_dep4_gen1_dep4_eplb0_mtp1_ccb-UCX";

fn read(case: &str) -> TestId {
    let text = format!("perf/test_perf_sanity.py::test_e2e[{case}]");
    let id = TestId::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(id.to_string(), text);
    id
}

fn refused(text: &str) -> String {
    let error = TestId::parse(text).expect_err(text).to_string();
    let (message, forms) = error.split_once("\nthe known forms are:\n").expect(&error);
    assert_eq!(forms.lines().count(), FORMS.len());
    message.to_owned()
}

fn refused_case(case: &str) -> String {
    refused(&format!("a.py::t[{case}]"))
}

#[test]
fn the_forms_of_test_lists() {
    let stem = || STEM.to_owned();
    for (case, form) in [
        (format!("disagg-e2e-{STEM}"), Form::Disaggregated { mode: Some(Mode::E2e), stem: stem() }),
        (format!("disagg-gen_only-{STEM}"), Form::Disaggregated { mode: Some(Mode::GenOnly), stem: stem() }),
        (
            format!("disagg-gen_only_no_context-{STEM}"),
            Form::Disaggregated { mode: Some(Mode::GenOnlyNoContext), stem: stem() },
        ),
        (format!("disagg-{STEM}"), Form::Disaggregated { mode: None, stem: stem() }),
        (format!("aggr-ctx_only-{STEM}"), Form::Half { mode: Mode::CtxOnly, stem: stem() }),
        (
            format!("aggr-gen_only_no_context-{STEM}"),
            Form::Half { mode: Mode::GenOnlyNoContext, stem: stem() },
        ),
        (
            "aggr-deepseek_r1_fp4_v2_blackwell".to_owned(),
            Form::Aggregated { config: "deepseek_r1_fp4_v2_blackwell".into(), server: None },
        ),
        (
            "aggr-deepseek_r1_fp4_v2_blackwell-r1_dep4-mtp1,r1_tep4".to_owned(),
            Form::Aggregated {
                config: "deepseek_r1_fp4_v2_blackwell".into(),
                server: Some("r1_dep4-mtp1,r1_tep4".into()),
            },
        ),
    ] {
        assert_eq!(read(&case), TestId::of(TEST, form.clone(), false).unwrap());
        assert_eq!(read(&case.replacen('-', "_upload-", 1)), TestId::of(TEST, form, true).unwrap());
    }
}

#[test]
fn a_time_limit_behind_the_id() {
    let text = format!("perf/test_perf_sanity.py::test_e2e[disagg_upload-{STEM}] TIMEOUT (90)");
    let id = TestId::parse(&text).unwrap();
    assert_eq!((id.timeout_minutes, id.upload, id.mode(), id.stem()), (Some(90), true, None, STEM));
    assert_eq!(id.to_string(), text);
}

#[test]
fn a_mode_chooses_how_the_test_is_launched() {
    let id = |mode| TestId::new(TEST, mode, "stem", true).unwrap().to_string();
    let form = |case: &str| format!("perf/test_perf_sanity.py::test_e2e[{case}]");
    assert_eq!(id(Mode::E2e), form("disagg_upload-e2e-stem"));
    assert_eq!(id(Mode::GenOnly), form("disagg_upload-gen_only-stem"));
    assert_eq!(id(Mode::CtxOnly), form("aggr_upload-ctx_only-stem"));
    assert_eq!(id(Mode::GenOnlyNoContext), form("aggr_upload-gen_only_no_context-stem"));
    assert_eq!(TestId::without_mode(TEST, "stem", false).unwrap().to_string(), form("disagg-stem"));
}

#[test]
fn an_error_names_the_place_and_what_is_expected_there() {
    assert_eq!(
        TestId::parse("a.py::t[disag-e2e-x]").unwrap_err().to_string(),
        "`a.py::t[disag-e2e-x]` is not a test id: `disagg` or `aggr` is expected after `a.py::t[`, not `disag-e2e-x]`
the known forms are:
  MODULE::FUNCTION[disagg-MODE-STEM]       MODE is e2e, gen_only or gen_only_no_context
  MODULE::FUNCTION[disagg-STEM]            older, without a mode
  MODULE::FUNCTION[aggr-MODE-STEM]         MODE is ctx_only or gen_only_no_context
  MODULE::FUNCTION[aggr-CONFIG]            every server of a configuration, whose name has no -
  MODULE::FUNCTION[aggr-CONFIG-SERVER]     one of its servers
  each with disagg_upload for disagg, aggr_upload for aggr, and ` TIMEOUT (MINUTES)` behind it"
    );
    for (text, part) in [
        ("", "it ends where a Python file is expected"),
        ("perf/test::t[disagg-x]", "a Python file is expected at its beginning"),
        ("a.py", "it ends where `::` is expected"),
        ("a.py::[disagg-x]", "the test function's name is expected after `a.py::`, not `[disagg-x]`"),
        ("a.py::t", "it ends where `[` is expected"),
        ("a.py::t[disagg-x", "it ends where `]` is expected"),
        (
            "a.py::t[disagg-x] ",
            "` TIMEOUT (MINUTES)` or nothing is expected after `a.py::t[disagg-x]`, not ` `",
        ),
        ("a.py::t[disagg-x] TIMEOUT (090)", "a number from 1 to 4294967295 is expected after"),
        ("a.py::t[disagg-x] TIMEOUT (4294967296)", "not `4294967296)`"),
        ("a.py::t[disagg-x] TIMEOUT (9", "it ends where `)` is expected"),
        ("a.py::t[disagg-x] TIMEOUT (9) #", "the end or nothing is expected after"),
    ] {
        let message = refused(text);
        assert!(message.contains(part), "{message}");
    }
    for (case, part) in [
        ("disagg", "`_upload` or `-` is expected after `a.py::t[disagg`, not `]`"),
        ("aggr_uploadx-y", "`-` is expected after `a.py::t[aggr_upload`, not `x-y]`"),
        (
            "disagg-",
            "a configuration's name (letters, digits, _ - . , + =) is expected after `a.py::t[disagg-`",
        ),
        ("disagg-a b", "`]` is expected after `a.py::t[disagg-a`, not ` b]`"),
        ("disagg-é", "a configuration's name"),
        ("aggr-a-", "a server's name (letters, digits, _ - . , + =) is expected after `a.py::t[aggr-a-`"),
        ("disagg-e2e", "`-` is expected after `a.py::t[disagg-e2e`, not `]`"),
        ("disagg-E2E-x", "`e2e` is expected after `a.py::t[disagg-`, not `E2E-x]`"),
        ("disagg-genonly-x", "`gen_only` is expected after `a.py::t[disagg-`, not `genonly-x]`"),
        ("disagg-gen_only_nocontext-x", "`gen_only_no_context` is expected"),
        (
            "disagg-ctx_only-x",
            "`e2e`, `gen_only`, `gen_only_no_context` or a configuration's name (`ctx_only` runs by `aggr`) is expected",
        ),
        (
            "aggr-e2e-x",
            "`ctx_only`, `gen_only_no_context` or a configuration's name (`e2e` runs by `disagg`) is expected",
        ),
    ] {
        let message = refused_case(case);
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn parts_that_would_read_back_as_others_are_refused() {
    for stem in ["e2e-x", "", "a]b", "gen_only", "a TIMEOUT (1)"] {
        TestId::without_mode(TEST, stem, false).unwrap_err();
    }
    let aggregated = |config: &str, server: Option<&str>| {
        TestId::of(TEST, Form::Aggregated { config: config.into(), server: server.map(Into::into) }, false)
    };
    let error = aggregated("a-b", None).unwrap_err().to_string();
    assert!(error.contains("parts that can't be taken for others is expected after"), "{error}");
    aggregated("ctx_only", Some("x")).unwrap_err();
    aggregated("a", Some("b-c")).unwrap();
    TestId::of(TEST, Form::Half { mode: Mode::E2e, stem: "x".into() }, false).unwrap_err();
    TestId::new(("perf/a b.py", "t"), Mode::E2e, "x", false).unwrap_err();
}

fn any_form() -> impl Strategy<Value = Form> {
    let name = || "[a-z0-9][a-zA-Z0-9_.,+=-]{0,30}";
    let mode = |disaggregated: bool| {
        let modes: Vec<_> = Mode::ALL.into_iter().filter(|mode| mode.fits(disaggregated)).collect();
        proptest::sample::select(modes)
    };
    prop_oneof![
        (proptest::option::of(mode(true)), name())
            .prop_map(|(mode, stem)| Form::Disaggregated { mode, stem }),
        (mode(false), name()).prop_map(|(mode, stem)| Form::Half { mode, stem }),
        ("[a-z0-9][a-zA-Z0-9_.,+=]{0,30}", proptest::option::of(name()))
            .prop_map(|(config, server)| Form::Aggregated { config, server }),
    ]
}

proptest! {
    #[test]
    fn what_is_made_is_read(
        module in "[a-z/_]{1,20}\\.py", function in "[a-z_0-9]{1,10}", form in any_form(),
        upload: bool, timeout in proptest::option::of(1u32..),
    ) {
        if let Ok(id) = TestId::of((&module, &function), form, upload) {
            let id = TestId { timeout_minutes: timeout, ..id };
            prop_assert_eq!(TestId::parse(&id.to_string()), Ok(id));
        }
    }

    #[test]
    fn what_is_read_is_written(text in r"(a\.py::t\[)?(disagg|aggr)?(_upload)?-?(e2e|ctx_only|gen_only(_no_context)?)?-?[a-z0-9_-]{0,6}(\])?( TIMEOUT \([0-9]{0,3}\))?") {
        if let Ok(id) = TestId::parse(&text) {
            prop_assert_eq!(id.to_string(), text);
        }
    }

    #[test]
    fn no_text_breaks_it(text in ".{0,60}") {
        if let Err(error) = TestId::parse(&format!("a.py::t[{text}")) {
            error.to_string();
        }
    }
}
